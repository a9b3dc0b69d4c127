"""The life of a real guest through the services."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from labs.guest import POWER_BUTTON, READY, virsh

from convirt_core.errors import NotDone, WrongState
from convirt_core.model import Capability, Change, Disk, VMState, Where

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from labs.guest import LabGuest

    from convirt_core.app import Application
    from convirt_core.model import ManagedNode
    from convirt_core.services.listed import ListedVM

pytestmark = [pytest.mark.root, pytest.mark.guest]

Defined = "Callable[..., LabGuest]"
Find = "Callable[[LabGuest], ListedVM]"


def boot(app: Application, find: Callable[[LabGuest], ListedVM], guest: LabGuest) -> ListedVM:
    app.lifecycle.run(Capability.START, find(guest))
    guest.wait_for(rf"{READY} token={guest.token}")
    return find(guest)


def test_a_guest_is_defined_started_paused_resumed_and_shut_down(
    app: Application, defined: Defined, find: Find
) -> None:
    guest = defined()
    vm = boot(app, find, guest)
    assert vm.vm.state is VMState.RUNNING
    assert vm.managed
    app.lifecycle.run(Capability.PAUSE, vm)
    assert virsh("domstate", guest.name).strip() == "paused"
    app.lifecycle.run(Capability.RESUME, vm)
    app.lifecycle.run(Capability.SHUTDOWN, vm, deadline_seconds=60)
    assert virsh("domstate", guest.name).strip() == "shut off"
    guest.wait_for(POWER_BUTTON)


def test_a_guest_reboots_and_is_reset(app: Application, defined: Defined, find: Find) -> None:
    guest = defined()
    vm = boot(app, find, guest)
    for capability in (Capability.RESET, Capability.REBOOT):
        before = guest.serial_log.read_text(errors="replace").count(READY)
        app.lifecycle.run(capability, vm, deadline_seconds=60)
        guest.wait_for(rf"(?s)({READY}.*){{{before + 1}}}")
    assert find(guest).vm.state is VMState.RUNNING


def test_a_deaf_guest_runs_on_and_is_killed(app: Application, defined: Defined, find: Find) -> None:
    guest = defined("lab.deaf")
    vm = boot(app, find, guest)
    with pytest.raises(NotDone, match="is still running 3 s after") as caught:
        app.lifecycle.run(Capability.SHUTDOWN, vm, deadline_seconds=3)
    assert f"convirt vm kill {guest.name}" in caught.value.remedy
    assert virsh("domstate", guest.name).strip() == "running"
    app.lifecycle.run(Capability.KILL, vm)
    assert virsh("domstate", guest.name).strip() == "shut off"


def test_a_guest_is_saved_to_a_file_and_goes_on_from_it(
    app: Application, here: ManagedNode, defined: Defined, find: Find, disk_folder: Path
) -> None:
    guest = defined()
    vm = boot(app, find, guest)
    path = str(disk_folder / "guest.saved")
    app.lifecycle.run(Capability.SAVE, vm, path=path)
    assert find(guest).vm.state is VMState.STOPPED
    app.lifecycle.restore(here, path)
    assert find(guest).vm.state is VMState.RUNNING
    assert guest.serial_log.read_text(errors="replace").count(READY) == 1


def test_a_managed_save_goes_on_with_the_next_start(app: Application, defined: Defined, find: Find) -> None:
    guest = defined()
    vm = boot(app, find, guest)
    app.lifecycle.run(Capability.MANAGED_SAVE, vm)
    assert find(guest).vm.state is VMState.SAVED
    app.lifecycle.run(Capability.START, vm)
    assert find(guest).vm.state is VMState.RUNNING
    assert guest.serial_log.read_text(errors="replace").count(READY) == 1


def test_a_guest_made_and_killed_behind_our_back_is_seen(app: Application, here: ManagedNode, guests: Defined) -> None:
    guest = guests()
    guest.boot()
    vm = app.vms.find(guest.name)
    assert not vm.managed
    app.vms.import_vm(vm.ref)
    virsh("destroy", guest.name)
    assert app.vms.find(guest.name).managed
    assert app.vms.find(guest.name).vm.state is VMState.STOPPED
    with pytest.raises(WrongState):
        app.lifecycle.run(Capability.KILL, vm)


def test_a_running_guest_has_both_sides_and_sections(app: Application, defined: Defined, find: Find) -> None:
    guest = defined()
    vm = boot(app, find, guest)
    details = app.vms.details(vm.ref)
    assert details.config is not None
    assert details.info is not None
    assert details.config["kernel"] == str(guest.image.kernel)
    titles = [section.title for section in app.vms.info_sections(vm.ref)]
    assert titles[0] == "VM"
    assert len(titles) > 1


def test_a_running_guest_uses_processor_time_and_memory(app: Application, defined: Defined, find: Find) -> None:
    guest = defined()
    vm = boot(app, find, guest)
    snapshot = app.metrics.snapshot(vm.server, interval_seconds=0.5)
    [metrics] = [each for each in snapshot.vms if each.name == guest.name]
    assert metrics.cpu_seconds > 0
    assert metrics.memory_bytes > 0
    assert metrics.cpu_percent_of_host is not None


def test_a_change_of_the_definition_leaves_the_running_guest_and_the_other_way_round(
    app: Application, defined: Defined, find: Find
) -> None:
    guest = defined()
    vm = boot(app, find, guest)
    app.lifecycle.apply(vm, Change({"memory": 160, "maxmem": 160}))
    app.lifecycle.apply(vm, Change({"memory": 112}, Where.LIVE))
    stored = app.vms.details(vm.ref).config
    assert stored is not None
    assert stored["memory"] == 160
    deadline = time.monotonic() + 20
    while find(guest).vm.memory_bytes != 112 << 20:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_disk_is_attached_to_a_running_guest_and_detached(
    app: Application, defined: Defined, find: Find, disk: Path
) -> None:
    guest = defined()
    vm = boot(app, find, guest)
    app.lifecycle.apply(vm, Change(attach_disks=(Disk("vdb", str(disk), format="qcow2"),), where=Where.BOTH))
    assert str(disk) in virsh("domblklist", guest.name)
    assert str(disk) in virsh("domblklist", "--inactive", guest.name)
    app.lifecycle.apply(vm, Change(detach_disks=("vdb",), where=Where.BOTH))
    assert str(disk) not in virsh("domblklist", guest.name)
