"""libvirtd is killed while a VM starts: that is told once and truly, and when libvirtd is back all goes on."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from labs.command_line import Convirt, end, wait_until, wait_until_held
from labs.guest import GuestImage, LabGuest
from labs.managed import Lab, copy_home
from labs.private_libvirt import PrivateLibvirt, private_libvirt
from labs.sentences import check_one_sentence, check_refusal

pytestmark = [pytest.mark.root, pytest.mark.guest]

UNAVAILABLE, UNKNOWN = 5, 6
ANSWER_SECONDS = 6
"""A server that refuses connections is asked again for three, and a busy machine is slow."""
AWAY_SECONDS = 4
"""A provisioning that undoes what it made asks again for fifteen."""


@pytest.fixture(scope="module")
def libvirt(mounts: None) -> Iterator[PrivateLibvirt]:
    """A libvirtd that may be killed."""
    with private_libvirt() as libvirt:
        yield libvirt


@pytest.fixture(scope="module")
def lab(libvirt: PrivateLibvirt, prepared: Path, tmp_path_factory: pytest.TempPathFactory, lab_folder: Path) -> Lab:
    """A person's `convirt` that manages it."""
    copy_home(prepared, home := tmp_path_factory.mktemp("killed") / "home")
    lab = Lab(Convirt(home, within=libvirt.within), open_folder(lab_folder))
    lab.use(disks=lab.folder / "vms", copies=lab.folder / "images")
    return lab


def open_folder(parent: Path) -> Path:
    """Make a folder that QEMU's own user can reach."""
    folder = Path(tempfile.mkdtemp(dir=parent))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def slow(libvirt: PrivateLibvirt, guest_image: GuestImage, lab_folder: Path) -> LabGuest:
    """A guest whose QEMU takes three seconds to begin; it says so in the file `begun`."""
    folder = open_folder(lab_folder)
    begun, emulator = folder / "begun", folder / "qemu"
    begun.touch()
    begun.chmod(0o666)
    emulator.write_text(
        f'#!/bin/sh\ncase $* in *guest=*) echo yes > {begun}; sleep 3 ;; esac\nexec qemu-system-x86_64 "$@"\n'
    )
    emulator.chmod(0o755)
    guest = LabGuest("slow", guest_image, folder, devices=f"<emulator>{emulator}</emulator>")
    (folder / "slow.xml").write_text(guest.xml)
    libvirt.virsh("define", str(folder / "slow.xml"))
    return guest


@dataclass(frozen=True)
class Ended:
    """How `vm start` ended, and how long after libvirtd was killed."""

    how: subprocess.CompletedProcess[str]
    seconds: float


@pytest.fixture(scope="module")
def ended(libvirt: PrivateLibvirt, lab: Lab, slow: LabGuest) -> Ended:
    """How `vm start` ended, in the midst of which libvirtd was killed."""
    start = lab.convirt.begin("vm", "start", slow.name)
    wait_until(lambda: bool((slow.folder / "begun").read_text()), "QEMU begins")
    libvirt.kill()
    killed = time.monotonic()
    said, _ = start.communicate(timeout=60)
    seconds = time.monotonic() - killed
    return Ended(subprocess.CompletedProcess(start.args, start.returncode, stdout="", stderr=said), seconds)


@pytest.fixture(scope="module")
def again(libvirt: PrivateLibvirt, ended: Ended) -> None:
    """libvirtd runs again."""
    libvirt.start()


def test_it_is_told_in_one_sentence_that_the_outcome_is_not_known(ended: Ended) -> None:
    check_refusal(ended.how, UNKNOWN, "What became of start of slow is not known: The connection to here broke")
    assert "here could not be reached again." in ended.how.stderr


def test_it_is_told_within_seconds(ended: Ended) -> None:
    assert ended.seconds < ANSWER_SECONDS


@pytest.mark.usefixtures("ended")
def test_the_task_says_the_same(lab: Lab) -> None:
    [task] = [task for task in lab.convirt.json("task", "list")["tasks"] if task["title"] == "Start slow on here"]

    assert task["state"] == "interrupted"
    assert task["error"].startswith("What became of start of slow is not known")


@pytest.mark.usefixtures("ended")
def test_a_list_of_vms_says_why_the_server_does_not_answer(lab: Lab) -> None:
    listed = lab.convirt("vm", "list")

    assert listed.returncode == UNAVAILABLE
    reason, remedy = listed.stderr.splitlines()
    assert reason.startswith("here: libvirt does not run on here")
    assert remedy.startswith("  Start it")


@pytest.mark.usefixtures("again")
def test_when_libvirtd_is_back_nothing_half_made_is_there(libvirt: PrivateLibvirt, lab: Lab) -> None:
    wait_until(lambda: "guest=slow" not in libvirt.run("ps", "ax", "-o", "args"), "QEMU has ended")

    assert state(lab) == "stopped"


@pytest.mark.usefixtures("again")
def test_when_libvirtd_is_back_the_vm_starts(lab: Lab) -> None:
    lab.convirt.done("vm", "start", "slow")

    assert state(lab) == "running"


def state(lab: Lab) -> str:
    """The state of the slow VM, as the list shows it."""
    [vm] = lab.convirt.json("vm", "list")["vms"]
    return str(vm["state"])


@pytest.mark.usefixtures("again")
@pytest.mark.parametrize("point", ["makes the disk vda", "before domain", "starts the VM"])
def test_a_provisioning_that_loses_libvirtd_is_cleared_up_when_it_is_back(
    libvirt: PrivateLibvirt, lab: Lab, vm_name: str, point: str
) -> None:
    process = lab.convirt.begin("provision", "disk", vm_name, held_at=point)
    wait_until_held(process)
    libvirt.kill()

    code, said = end(process, signal.SIGCONT, within_seconds=60)
    libvirt.start()

    assert code == UNAVAILABLE
    check_one_sentence(said, " on here")
    assert point == "makes the disk vda" or "could not be removed yet: the next command does it." in said
    lab.convirt.done("vm", "list")
    assert vm_name not in libvirt.virsh("list", "--all", "--name")
    assert [path for path in lab.folder.rglob("*") if vm_name in path.name] == []
    lab.convirt.done("provision", "disk", vm_name, "--no-start")


@pytest.mark.usefixtures("again")
@pytest.mark.parametrize("point", ["before domain", "starts the VM"])
def test_a_provisioning_that_loses_libvirtd_for_some_seconds_clears_up_itself(
    libvirt: PrivateLibvirt, lab: Lab, vm_name: str, point: str
) -> None:
    process = lab.convirt.begin("provision", "disk", vm_name, held_at=point)
    wait_until_held(process)
    libvirt.kill()
    process.send_signal(signal.SIGCONT)
    time.sleep(AWAY_SECONDS)
    libvirt.start()

    said, _ = process.communicate(timeout=60)

    assert process.returncode == UNAVAILABLE
    check_one_sentence(said, " on here")
    assert "could not be removed yet" not in said
    assert vm_name not in libvirt.virsh("list", "--all", "--name")
    assert [path for path in lab.folder.rglob("*") if vm_name in path.name] == []
