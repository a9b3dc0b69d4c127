"""Two processes and one VM, or one file: one works on it, the other is told by whom it is held."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator

import pytest
from labs.command_line import end, wait_until, wait_until_held
from labs.guest import LabGuest, virsh
from labs.managed import Lab
from labs.sentences import check_refusal

pytestmark = [pytest.mark.root, pytest.mark.guest]

REFUSED = 4


@pytest.fixture
def deaf(outside: Callable[..., LabGuest]) -> LabGuest:
    """A running guest that ignores its power button."""
    guest = outside("lab.deaf")
    guest.define()
    virsh("start", guest.name)
    return guest


@pytest.fixture
def holder(lab: Lab, deaf: LabGuest) -> Iterator[subprocess.Popen[str]]:
    """A process that works on the guest for a while, because that does not shut down."""
    process = lab.convirt.begin("vm", "shutdown", deaf.name, "--deadline", "60")
    wait_until(lambda: bool(lab.convirt.json("task", "list", "--running")["tasks"]), "a task runs")
    yield process
    if process.poll() is None:
        end(process, signal.SIGKILL)


def test_a_vm_that_another_process_works_on_is_refused_and_that_task_is_named(
    lab: Lab, deaf: LabGuest, holder: subprocess.Popen[str]
) -> None:
    refused = lab.convirt("vm", "pause", deaf.name)

    [task] = lab.convirt.json("task", "list", "--running")["tasks"]
    assert refused.returncode == REFUSED
    assert f"The VM is held by task {task['id']}, “Shutdown {deaf.name} on here”, of {holder.pid}@" in refused.stderr


def test_a_refused_change_was_not_begun(lab: Lab, deaf: LabGuest, holder: subprocess.Popen[str]) -> None:
    lab.convirt("vm", "pause", deaf.name)

    assert lab.convirt.json("vm", "info", deaf.name)["vm"]["state"] != "paused"


def test_a_killed_holder_does_not_hold_the_vm(lab: Lab, deaf: LabGuest, holder: subprocess.Popen[str]) -> None:
    end(holder, signal.SIGKILL)

    lab.convirt.done("vm", "pause", deaf.name)


def test_a_task_is_cancelled_from_another_process(lab: Lab, deaf: LabGuest, holder: subprocess.Popen[str]) -> None:
    [task] = lab.convirt.json("task", "list", "--running")["tasks"]
    lab.convirt.done("task", "cancel", task["id"])

    said, _ = holder.communicate(timeout=15)
    assert "was cancelled" in said
    assert lab.convirt.json("task", "show", task["id"])["task"]["state"] == "cancelled"


def test_two_processes_do_not_save_two_vms_to_one_file(lab: Lab, make_guest: Callable[..., LabGuest]) -> None:
    first, second = make_guest("first"), make_guest("second")
    for guest in (first, second):
        guest.define()
        virsh("start", guest.name)
    path = str(lab.folder / "saved")
    saving = lab.convirt.begin("vm", "save", first.name, "--to", path, held_at="holds file")
    wait_until_held(saving)

    refused = lab.convirt("vm", "save", second.name, "--to", path)
    code, said = end(saving, signal.SIGCONT, within_seconds=60)

    check_refusal(refused, REFUSED, f"Another VM is being saved to {path} on here. The file {path} is held by task")
    assert code == 0, said
    assert virsh("domstate", second.name).strip() == "running"
    lab.convirt.done("vm", "restore", path, "--server", "here")
    assert virsh("domstate", first.name).strip() == "running"
