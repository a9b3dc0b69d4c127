"""Disks and network cards that come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from convirt_core.errors import AlreadyExists, NotFound
from convirt_core.model import Capability, Change, Where
from convirt_core.testing.proofs import proves, refuses

if TYPE_CHECKING:
    from convirt_core.model import Disk, Nic
    from convirt_core.services.listed import ListedVM
    from convirt_core.testing.workbench import Workbench


class Devices:
    """In the definition, and plugged into a running VM."""

    @proves(Capability.ATTACH_DISK, Capability.DETACH_DISK)
    def test_a_disk_is_added_to_the_definition_and_taken_away(self, bench: Workbench) -> None:
        vm, disk = bench.define(), _disk(bench)
        _apply(bench, vm, Change(attach_disks=(disk,)))
        assert disk.source in _disks(bench, vm)
        _apply(bench, vm, Change(detach_disks=(disk.target,)))
        assert disk.source not in _disks(bench, vm)

    @proves(Capability.ATTACH_DISK)
    def test_a_place_that_has_a_disk_takes_no_other(self, bench: Workbench) -> None:
        vm, disk = bench.define(), _disk(bench)
        _apply(bench, vm, Change(attach_disks=(disk,)))
        with pytest.raises(AlreadyExists):
            bench.call(lambda _, vmm: vmm.attach_disk(vm.ref.key, disk, live=False, stored=True))
        assert _disks(bench, vm).count(disk.source) == 1

    @refuses(Capability.DETACH_DISK)
    def test_a_disk_that_is_not_there_is_not_taken_away(self, bench: Workbench) -> None:
        vm = bench.stopped()
        with pytest.raises(NotFound):
            bench.call(lambda _, vmm: vmm.detach_disk(vm.ref.key, "nosuch", live=False, stored=True))

    @proves(Capability.ATTACH_DISK_LIVE, Capability.DETACH_DISK_LIVE)
    def test_a_disk_is_plugged_into_a_running_vm_and_pulled_out(self, bench: Workbench) -> None:
        vm, disk = bench.running(), _disk(bench)
        _apply(bench, vm, Change(attach_disks=(disk,), where=Where.LIVE))
        assert disk.source in [each.source for each in bench.info(vm).disks]
        assert disk.source not in _disks(bench, vm)
        _apply(bench, vm, Change(detach_disks=(disk.target,), where=Where.LIVE))
        assert disk.source not in [each.source for each in bench.info(vm).disks]

    @proves(Capability.ATTACH_NIC, Capability.DETACH_NIC)
    def test_a_network_card_is_added_to_the_definition_and_taken_away(self, bench: Workbench) -> None:
        vm = bench.define()
        before = _macs(bench, vm)
        _apply(bench, vm, Change(attach_nics=(_nic(bench),)))
        [mac] = _macs(bench, vm) - before
        _apply(bench, vm, Change(detach_nics=(mac,)))
        assert _macs(bench, vm) == before

    @proves(Capability.ATTACH_NIC_LIVE, Capability.DETACH_NIC_LIVE)
    def test_a_network_card_is_plugged_into_a_running_vm_and_pulled_out(self, bench: Workbench) -> None:
        vm = bench.running()
        before = {nic.mac for nic in bench.info(vm).nics}
        _apply(bench, vm, Change(attach_nics=(_nic(bench),), where=Where.LIVE))
        [mac] = {nic.mac for nic in bench.info(vm).nics} - before
        _apply(bench, vm, Change(detach_nics=(mac,), where=Where.LIVE))
        assert {nic.mac for nic in bench.info(vm).nics} == before


def _apply(bench: Workbench, vm: ListedVM, change: Change) -> None:
    bench.app.lifecycle.apply(vm, change)


def _disks(bench: Workbench, vm: ListedVM) -> list[str]:
    return [disk.source for disk in bench.stored(vm).disks()]


def _macs(bench: Workbench, vm: ListedVM) -> set[str]:
    return {nic.mac for nic in bench.stored(vm).nics()}


def _disk(bench: Workbench) -> Disk:
    disk = bench.lab.new_disk(bench.name("disk"))
    assert disk is not None, "the platform declares disks, and the lab has none: write Lab.new_disk"
    return disk


def _nic(bench: Workbench) -> Nic:
    nic = bench.lab.new_nic()
    assert nic is not None, "the platform declares network cards, and the lab has none: write Lab.new_nic"
    return nic
