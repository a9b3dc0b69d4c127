"""Definitions, snapshots, clones and removal of a real domain through the services."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from labs.guest import READY, virsh

from convirt_core.errors import AlreadyExists, Conflict, InvalidInput, Refused
from convirt_core.model import Capability, Change, TaskState

if TYPE_CHECKING:
    from pathlib import Path

    from convirt_core.app import Application
    from convirt_core.model import ManagedNode
    from convirt_core.settings import Settings

pytestmark = [pytest.mark.root, pytest.mark.guest]

Defined = "Callable[..., LabGuest]"
Find = "Callable[[LabGuest], ListedVM]"


def test_a_taken_name_is_refused_and_the_owner_stays(app: Application, here: ManagedNode, defined: Defined) -> None:
    guest = defined()
    with pytest.raises(AlreadyExists):
        app.lifecycle.define(here, text=guest.xml)
    assert guest.name in virsh("list", "--all", "--name")


def test_a_text_that_is_no_definition_is_refused(app: Application, here: ManagedNode) -> None:
    with pytest.raises(InvalidInput):
        app.lifecycle.define(here, text="<domain><name>x</domain>")


def test_a_definition_changed_by_virsh_meanwhile_is_not_overwritten(
    app: Application, defined: Defined, find: Find
) -> None:
    guest = defined()
    vm = find(guest)
    seen = app.vms.details(vm.ref).config
    assert seen is not None
    virsh("desc", guest.name, "--config", "changed outside")
    with pytest.raises(Conflict):
        app.lifecycle.apply(vm, Change({"memory": 96}, digest=seen.digest))
    with pytest.raises(Conflict):
        app.lifecycle.edit_text(vm, seen.text, seen.digest)
    assert "changed outside" in virsh("desc", guest.name, "--config")


def test_an_edited_text_is_stored(app: Application, defined: Defined, find: Find) -> None:
    guest = defined()
    vm = find(guest)
    seen = app.vms.details(vm.ref).config
    assert seen is not None
    app.lifecycle.edit_text(vm, seen.text.replace("lab.token=", "lab.edited=1 lab.token="), seen.digest)
    assert "lab.edited=1" in virsh("dumpxml", "--inactive", guest.name)


def test_snapshots_are_created_reverted_to_and_deleted(
    app: Application, defined: Defined, find: Find, disk_xml: str
) -> None:
    guest = defined(devices=disk_xml)
    vm = find(guest)
    app.lifecycle.create_snapshot(vm, "clean", "as installed")
    assert [(each.name, each.description) for each in app.lifecycle.snapshots(vm)] == [("clean", "as installed")]
    app.lifecycle.revert_to_snapshot(vm, "clean")
    app.lifecycle.delete_snapshot(vm, "clean")
    assert app.lifecycle.snapshots(vm) == []


@pytest.mark.parametrize("linked", [False, True])
def test_a_clone_boots_from_disks_of_its_own_and_goes_with_them(
    app: Application, defined: Defined, find: Find, disk_xml: str, disk_folder: Path, linked: bool
) -> None:
    guest = defined(devices=disk_xml)
    app.lifecycle.clone(find(guest), f"{guest.name}-clone", linked=linked)
    clone = app.vms.find(f"{guest.name}-clone")
    copy = disk_folder / f"{clone.name}-vda.qcow2"
    info = subprocess.run(["qemu-img", "info", str(copy)], capture_output=True, text=True, check=True).stdout
    assert ("backing file" in info) is linked
    app.lifecycle.run(Capability.START, clone)
    guest.wait_for(rf"{READY} token={guest.token}")  # the clone writes to the same log
    app.lifecycle.run(Capability.KILL, clone)
    if linked:
        with pytest.raises(Refused, match="linked"):
            app.lifecycle.remove(find(guest))
    assert app.lifecycle.remove(clone) == f"{clone.name} was removed with 1 disk."
    assert not copy.exists()
    assert clone.name not in virsh("list", "--all", "--name")


def test_a_removed_vm_leaves_foreign_disks(
    app: Application, defined: Defined, find: Find, disk_xml: str, disk: Path
) -> None:
    guest = defined(devices=disk_xml)
    app.lifecycle.remove(find(guest))
    assert disk.exists()
    assert app.store.vms.all() == []


CLONE = """
import os, sys
from convirt_core.app import Application
with Application.open() as app:
    run = type(app.servers.get(app.grid.find_server("here").id).proxy).run
    def slow(self, argv, **more):
        result = run(self, argv, **more)
        print("copied", flush=True)
        run(self, ["sleep", "60"], **{**more, "timeout_seconds": 60})
        return result
    type(app.servers.get(app.grid.find_server("here").id).proxy).run = slow
    app.lifecycle.clone(app.vms.find(sys.argv[1]), sys.argv[1] + "-clone")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_clone_that_is_cut_off_leaves_nothing(
    app: Application, settings: Settings, defined: Defined, disk_xml: str, disk_folder: Path, number: signal.Signals
) -> None:
    guest = defined(devices=disk_xml)
    environment = {
        **os.environ,
        "CONVIRT_CONFIG": str(settings.config_file),
        "CONVIRT_DATA": str(settings.data_folder),
    }
    command = [sys.executable, "-c", CLONE, guest.name]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"copied\n"
        assert (disk_folder / f"{guest.name}-clone-vda.qcow2").exists()
        process.send_signal(number)
        process.wait(20)
    app.tasks.recover()
    assert not (disk_folder / f"{guest.name}-clone-vda.qcow2").exists()
    assert f"{guest.name}-clone" not in virsh("list", "--all", "--name")
    [task] = [each for each in app.tasks.list() if each.kind == "clone"]
    assert task.state is (TaskState.CANCELLED if number == signal.SIGINT else TaskState.INTERRUPTED)
    app.lifecycle.clone(app.vms.find(guest.name), f"{guest.name}-clone")
    app.lifecycle.remove(app.vms.find(f"{guest.name}-clone"))
