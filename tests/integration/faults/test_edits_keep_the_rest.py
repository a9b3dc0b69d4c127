"""A change by `convirt` leaves everything else in a definition as it is, as libvirt's own dump shows it."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest
from labs.guest import LabGuest, virsh
from labs.managed import Lab

pytestmark = [pytest.mark.root, pytest.mark.guest]

REFUSED = 4
PASSWORD = "geheim"
DEVICES = f"""
    <console type='pty'><target type='virtio' port='1'/></console>
    <graphics type='vnc' port='-1' autoport='yes' passwd='{PASSWORD}'/>"""
HOSTDEV = """
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source><address domain='0x0000' bus='0x42' slot='0x03' function='0x0'/></source>
    </hostdev>"""
METADATA = """
  <metadata><note:note xmlns:note='https://convirt.example/note' kept='dearly'>two &amp; three</note:note></metadata>"""
COMMAND_LINE = """
  <qemu:commandline><qemu:arg value='-msg'/><qemu:arg value='guest-name=on'/><qemu:env name='LAB' value='1'/>
  </qemu:commandline>"""


def define_rich(guest: LabGuest, folder: Path) -> None:
    """Define a guest with what an editor could lose."""
    xml = guest.xml.replace("<domain ", "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0' ")
    xml = xml.replace(f"<name>{guest.name}</name>", f"<name>{guest.name}</name>{METADATA}")
    xml = xml.replace("</domain>", f"{COMMAND_LINE}</domain>")
    file = folder / "rich.xml"
    file.write_text(xml)
    virsh("define", str(file))


def dump(name: str) -> list[str]:
    """The stored definition as libvirt has it, with its secrets, in lines."""
    return virsh("dumpxml", name, "--inactive", "--security-info").splitlines()


def changes(before: list[str], after: list[str]) -> list[str]:
    """The lines that were removed and added."""
    return [line for line in difflib.ndiff(before, after) if line[0] in "-+"]


def memory_lines(old_mib: int, new_mib: int) -> list[str]:
    """The changes that a change of the memory makes, and no more."""
    return [
        f"{sign}   <{element} unit='KiB'>{mib << 10}</{element}>"
        for element in ("memory", "currentMemory")
        for sign, mib in (("-", old_mib), ("+", new_mib))
    ]


@pytest.fixture
def stopped(outside: Callable[..., LabGuest], tmp_path: Path) -> str:
    """The name of a stopped VM with a rich definition."""
    guest = outside(devices=DEVICES + HOSTDEV)
    define_rich(guest, tmp_path)
    return guest.name


@pytest.fixture
def running(outside: Callable[..., LabGuest], tmp_path: Path) -> str:
    """The name of a running one, without a device of this machine; its guest may still be booting."""
    guest = outside(devices=DEVICES)
    define_rich(guest, tmp_path)
    virsh("start", guest.name)
    return guest.name


def test_the_definition_holds_what_an_editor_could_lose(stopped: str) -> None:
    text = "\n".join(dump(stopped))

    assert f"passwd='{PASSWORD}'" in text
    assert "two &amp; three" in text
    assert "<qemu:arg value='guest-name=on'/>" in text
    assert text.count("<console ") == 2
    assert "<hostdev mode='subsystem' type='pci' managed='yes'>" in text


def test_a_new_size_changes_the_memory_and_nothing_else(lab: Lab, stopped: str) -> None:
    before = dump(stopped)

    lab.convirt.done("vm", "set", stopped, "memory=192")

    assert sorted(changes(before, dump(stopped))) == sorted(memory_lines(128, 192))


def test_a_new_size_of_a_running_vm_changes_the_stored_memory_and_nothing_else(lab: Lab, running: str) -> None:
    before = dump(running)

    lab.convirt.done("vm", "set", running, "memory=192", "--stored")

    assert sorted(changes(before, dump(running))) == sorted(memory_lines(128, 192))


def test_a_new_size_of_both_sides_writes_nothing_of_the_running_vm_into_the_definition(lab: Lab, running: str) -> None:
    before = dump(running)

    lab.convirt.done("vm", "set", running, "memory=112")

    changed = changes(before, dump(running))
    assert "+   <currentMemory unit='KiB'>114688</currentMemory>" in changed
    assert all("emory unit='KiB'" in line for line in changed)


@pytest.fixture
def editor(lab: Lab, tmp_path: Path, stopped: str) -> None:
    """An editor that edits, while someone else changes the description."""
    script = tmp_path / "editor"
    script.write_text(
        "#!/bin/sh\n"
        'sed -i "s/<on_crash>[a-z]*</<on_crash>restart</" "$1"\n'
        f"virsh --connect qemu:///system desc {stopped} --config 'by someone else'\n"
    )
    script.chmod(0o755)
    lab.convirt.environment |= {"EDITOR": str(script), "TMPDIR": str(tmp_path)}


@pytest.mark.usefixtures("editor")
def test_an_edit_of_what_someone_changed_meanwhile_is_refused(lab: Lab, stopped: str) -> None:
    before = dump(stopped)

    refused = lab.convirt("vm", "edit", stopped)

    assert refused.returncode == REFUSED
    assert f"The definition of {stopped} was changed by someone else meanwhile." in refused.stderr
    assert changes(before, dump(stopped)) == ["+   <description>by someone else</description>"]


@pytest.mark.usefixtures("editor")
def test_what_was_typed_into_a_refused_edit_is_kept(lab: Lab, stopped: str) -> None:
    refused = lab.convirt("vm", "edit", stopped)

    [sentence] = [line for line in refused.stderr.splitlines() if line.startswith("What you wrote is kept in ")]
    kept = Path(sentence.removeprefix("What you wrote is kept in ").rstrip("."))
    assert "<on_crash>restart<" in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0


def test_an_edit_changes_what_was_typed_and_nothing_else(lab: Lab, tmp_path: Path, stopped: str) -> None:
    before = dump(stopped)
    edited = tmp_path / "edited.xml"
    edited.write_text("\n".join(before).replace("<on_crash>destroy<", "<on_crash>restart<"))

    lab.convirt.done("vm", "edit", stopped, "--file", str(edited))

    assert changes(before, dump(stopped)) == [
        "-   <on_crash>destroy</on_crash>",
        "+   <on_crash>restart</on_crash>",
    ]
