"""What moves, in which way, and what stays behind."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from labs.guest import LabGuest
from labs.two_hosts.host import Host

from convirt_cli.exit_codes import ExitCode

pytestmark = [pytest.mark.root, pytest.mark.guest]

PRIVATE = "/srv/disks"
"""A folder that each host has for itself."""


def disk_xml(path: str | Path) -> str:
    return f"<disk type='file'><driver name='qemu' type='qcow2'/><source file='{path}'/><target dev='vda'/></disk>"


def disk_on(host: Host, name: str, size: str = "48M") -> str:
    """Make a qcow2 disk with data in a folder of the host's own; return its path there."""
    path = f"{PRIVATE}/{name}.qcow2"
    host.run("mkdir", "-p", PRIVATE)
    host.run("qemu-img", "create", "-q", "-f", "qcow2", path, size)
    host.run("qemu-io", "-f", "qcow2", "-c", "write -P 0x5a 1M 20M", "-c", "write -P 0xa5 30M 3M", path)
    return path


def content(host: Host, path: str) -> str:
    """The checksum of what a guest sees on a disk."""
    seen = ["qemu-img", "dd", "-U", "-O", "raw", f"if={path}", "of=/tmp/seen"]
    host.run(*seen[:2], "-U", "-f", "qcow2", "-O", "raw", f"if={path}", "of=/tmp/seen")
    return hashlib.sha256((host.folder / "tmp/seen").read_bytes()).hexdigest()


@pytest.mark.parametrize("how", ["--live", "--direct", "--auto-converge", "--compress", "--post-copy"])
def test_a_running_vm_moves_in_each_way(travels, at_h1: LabGuest, how: str) -> None:
    limits = ("--bandwidth", "1G", "--max-downtime", "500", "--deadline", "100")
    travels.migrate(at_h1.name, travels.lab.h2, how, *limits)
    assert travels.host_of(at_h1.name) is travels.lab.h2


def test_a_paused_vm_arrives_paused(travels, at_h1: LabGuest) -> None:
    travels.here.done("vm", "pause", at_h1.name)
    travels.migrate(at_h1.name, travels.lab.h2)
    assert travels.here.json("vm", "info", at_h1.name)["vm"]["state"] == "paused"
    travels.here.done("vm", "resume", at_h1.name)


def test_a_stopped_vm_moves_its_definition(travels, make_stopped: Callable[..., LabGuest]) -> None:
    guest = make_stopped("still")
    answer = travels.migrate(guest.name, travels.lab.h2, "--offline")

    assert answer["live"] is False
    assert travels.server_of(guest.name) == "h2"
    assert guest.name not in travels.lab.h1.virsh("list", "--all", "--name").split()
    travels.here.done("vm", "start", guest.name)
    assert travels.host_of(guest.name) is travels.lab.h2


def test_a_stopped_vm_that_starts_with_its_server_does_so_there(travels, make_stopped) -> None:
    guest = make_stopped("auto")
    travels.here.done("vm", "autostart", guest.name)
    travels.migrate(guest.name, travels.lab.h2)
    assert travels.here.json("vm", "info", guest.name)["vm"]["autostart"] is True


def test_a_disk_that_is_not_shared_is_copied_while_the_vm_runs(travels, make_stopped) -> None:
    h1, h2 = travels.lab.h1, travels.lab.h2
    path = disk_on(h1, "live")
    guest = make_stopped("disk", devices=disk_xml(path))
    travels.here.done("vm", "start", guest.name)
    before = content(h1, path)

    answer = travels.migrate(guest.name, h2, "--copy-storage")

    assert answer["copies"] == [path]
    assert content(h2, path) == before


def test_only_the_disk_that_is_not_shared_is_copied(travels, make_stopped) -> None:
    h1, h2 = travels.lab.h1, travels.lab.h2
    path, shared = f"{PRIVATE}/raw.img", travels.folder / "shared.img"
    h1.run("mkdir", "-p", PRIVATE)
    for image in (path, str(shared)):
        h1.run("qemu-img", "create", "-q", "-f", "raw", image, "24M")
        h1.run("qemu-io", "-f", "raw", "-c", "write -P 0x33 2M 9M", image)
    devices = disk_xml(path) + disk_xml(shared).replace("vda", "vdb")
    guest = make_stopped("both", devices=devices.replace("qcow2", "raw"))
    travels.here.done("vm", "start", guest.name)

    answer = travels.migrate(guest.name, h2, "--copy-storage")

    assert answer["copies"] == [path]
    assert h2.run("sha256sum", path) == h1.run("sha256sum", path)


def test_a_disk_of_a_stopped_vm_is_copied_byte_for_byte(travels, make_stopped) -> None:
    h1, h2 = travels.lab.h1, travels.lab.h2
    path = disk_on(h1, "cold")
    guest = make_stopped("cold", devices=disk_xml(path))

    answer = travels.migrate(guest.name, h2, "--copy-storage")

    assert answer["copies"] == [path]
    assert h2.run("sha256sum", path) == h1.run("sha256sum", path)


def test_what_a_stopped_vms_disk_stands_on_is_copied_too(travels, make_stopped) -> None:
    h1, h2 = travels.lab.h1, travels.lab.h2
    base, path = disk_on(h1, "base"), f"{PRIVATE}/overlay.qcow2"
    h1.run("qemu-img", "create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", path)
    guest = make_stopped("overlay", devices=disk_xml(path))

    answer = travels.migrate(guest.name, h2, "--copy-storage")

    assert sorted(answer["copies"]) == [base, path]
    assert content(h2, path) == content(h1, base)


def test_the_variables_of_a_stopped_vms_firmware_go_with_it(travels, make_stopped) -> None:
    h1, h2, path = travels.lab.h1, travels.lab.h2, f"{PRIVATE}/variables.fd"
    h1.run("mkdir", "-p", PRIVATE)
    (h1.folder / path.lstrip("/")).write_bytes(b"boot order")
    guest = make_stopped("uefi")
    xml = h1.virsh("dumpxml", "--inactive", guest.name)
    firmware = f"<loader readonly='yes' type='pflash'>/bin/true</loader><nvram>{path}</nvram><kernel>"
    edited = travels.folder / "uefi.xml"
    edited.write_text(xml.replace("<kernel>", firmware))
    h1.virsh("define", edited)

    answer = travels.migrate(guest.name, h2, "--copy-storage")

    assert answer["copies"] == [path]
    assert (h2.folder / path.lstrip("/")).read_bytes() == b"boot order"
    assert not (h1.folder / path.lstrip("/")).exists()
    h2.virsh("undefine", guest.name, "--nvram")


def test_a_disk_that_convirt_has_not_made_is_named_as_kept(travels, make_stopped) -> None:
    path = disk_on(travels.lab.h1, "foreign")
    guest = make_stopped("foreign", devices=disk_xml(path))
    answer = travels.migrate(guest.name, travels.lab.h2, "--copy-storage")
    assert answer["kept_disks"] == [path]
    assert f"Its disk {path} stays on h1." in answer["message"]


@pytest.mark.parametrize("keep", [False, True])
def test_a_disk_that_convirt_has_made_goes_from_the_source_unless_it_is_kept(travels, make_stopped, keep) -> None:
    h1 = travels.lab.h1
    original = make_stopped("original", devices=disk_xml(disk_on(h1, f"original{keep}")))
    name = f"{original.name}-{keep}"
    travels.here.done("vm", "clone", original.name, name)
    path = travels.here.json("vm", "info", name)["config"]["disk"][0].split(",")[0].split(":")[-1]
    try:
        answer = travels.migrate(name, travels.lab.h2, "--copy-storage", *(("--keep-disks",) if keep else ()))
        assert answer["kept_disks"] == ([path] if keep else [])
        assert (h1.folder / path.lstrip("/")).exists() is keep
    finally:
        travels.here.done("vm", "remove", name, "--yes")
    assert not (travels.lab.h2.folder / path.lstrip("/")).exists()


def test_a_disk_that_was_kept_is_used_again_when_its_vm_comes_back(travels, make_stopped) -> None:
    h1, h2 = travels.lab.h1, travels.lab.h2
    path = disk_on(h1, "returns")
    name = make_stopped("returns", devices=disk_xml(path)).name
    before = h1.run("sha256sum", path)
    travels.migrate(name, h2, "--copy-storage", "--keep-disks")

    answer = travels.migrate(name, h1, "--copy-storage")

    assert answer["copies"] == []
    assert answer["kept_disks"] == [path]  # on h2: ConVirt has not made it
    assert h1.run("sha256sum", path) == before
    assert path in h1.virsh("domblklist", name)


def test_a_disk_that_was_kept_is_not_used_for_two_vms(travels, make_stopped) -> None:
    h1, h2 = travels.lab.h1, travels.lab.h2
    path = disk_on(h1, "wanted")
    mover = make_stopped("mover", devices=disk_xml(path)).name
    travels.migrate(mover, h2, "--copy-storage", "--keep-disks")
    owner = make_stopped("owner", devices=disk_xml(path)).name

    ran = travels.here("vm", "migrate", mover, "--to", "h1", "--copy-storage", "--check")

    assert ran.code == ExitCode.REFUSED
    assert f"h1 has a {path} already, which is a disk of its {owner}." in ran.out


def test_a_disk_that_a_linked_clone_stands_on_stays(travels, make_stopped) -> None:
    h1 = travels.lab.h1
    original = make_stopped("base", devices=disk_xml(disk_on(h1, "stood-on")))
    middle, clone = f"{original.name}-middle", f"{original.name}-clone"
    travels.here.done("vm", "clone", original.name, middle)
    travels.here.done("vm", "clone", middle, clone, "--linked")
    path = travels.here.json("vm", "info", middle)["config"]["disk"][0].split(",")[0].split(":")[-1]
    try:
        travels.migrate(middle, travels.lab.h2, "--copy-storage")
        assert (h1.folder / path.lstrip("/")).exists()
    finally:
        for name in (clone, middle):
            travels.here.done("vm", "remove", name, "--yes")
        h1.run("rm", "-f", path)


def test_a_vm_that_somebody_else_has_moved_keeps_its_record(travels, at_h1: LabGuest) -> None:
    h1, h2 = travels.lab.h1, travels.lab.h2
    flags = ("--live", "--p2p", "--persistent", "--undefinesource", "--unsafe")
    h1.virsh("migrate", *flags, at_h1.name, h2.tcp_uri)
    travels.here.done("vm", "list")
    assert travels.here.json("vm", "info", f"h2/{at_h1.name}")["vm"]["managed"] is True


def test_one_that_is_forced_against_a_taken_name_says_so_before_libvirts_own_words(travels, at_h1: LabGuest) -> None:
    h2 = travels.lab.h2
    h2.virsh("define", travels.folder / f"{at_h1.name}.xml")  # it has no UUID, and gets another
    try:
        ran = travels.here("vm", "migrate", f"h1/{at_h1.name}", "--to", "h2", "--force")
    finally:
        h2.virsh("undefine", at_h1.name)
    assert ran.code == ExitCode.REFUSED
    assert re.search(f"h2 has another VM {at_h1.name}. libvirt says: .*. {at_h1.name} is on h1 as before.", ran.err)


def test_a_second_migration_of_a_vm_on_its_way_is_refused(travels, at_h1: LabGuest) -> None:
    first = travels.convirt.begin("vm", "migrate", at_h1.name, "--to", "h2", "--bandwidth", "8M")
    try:
        subprocess.run(["sleep", "3"], check=True)
        second = travels.here("vm", "shutdown", f"h1/{at_h1.name}")
    finally:
        said, _ = first.communicate(timeout=60)
    assert "is held by task" in second.err
    assert first.returncode == 0, said
