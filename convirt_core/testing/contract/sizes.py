"""Memory, processors, boot device: in the definition and while the VM runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import Capability, Change, Where
from convirt_core.testing.proofs import proves

if TYPE_CHECKING:
    from convirt_core.services.listed import ListedVM
    from convirt_core.testing.workbench import Workbench


class Sizes:
    """What a VM is given."""

    @proves(Capability.SET_MEMORY)
    def test_the_memory_of_the_next_start_is_changed(self, bench: Workbench) -> None:
        vm = bench.define(memory=128, maxmem=256)
        _apply(bench, vm, Where.STORED, memory=160)
        assert bench.stored(vm)["memory"] == 160

    @proves(Capability.SET_VCPUS)
    def test_the_processors_of_the_next_start_are_changed(self, bench: Workbench) -> None:
        vm = bench.define(vcpus=1, maxvcpus=2)
        _apply(bench, vm, Where.STORED, vcpus=2)
        assert bench.stored(vm)["vcpus"] == 2

    @proves(Capability.SET_BOOT_DEVICE)
    def test_the_boot_device_is_changed(self, bench: Workbench) -> None:
        vm = bench.define()
        for order in ("d", "c"):
            _apply(bench, vm, Where.STORED, boot=order)
            assert bench.stored(vm)["boot"] == order

    @proves(Capability.SET_MEMORY_LIVE)
    def test_the_memory_of_a_running_vm_is_changed_and_its_definition_is_not(self, bench: Workbench) -> None:
        vm = bench.running()
        before, stored = bench.find(vm.ref.key).vm.memory_bytes, bench.stored(vm)["memory"]
        wanted = (before >> 20) - 16
        _apply(bench, vm, Where.LIVE, memory=wanted)
        bench.wait_until(lambda: bench.find(vm.ref.key).vm.memory_bytes >> 20 == wanted, "the memory is changed")
        assert bench.stored(vm)["memory"] == stored
        _apply(bench, vm, Where.LIVE, memory=before >> 20)

    @proves(Capability.SET_VCPUS_LIVE)
    def test_a_processor_is_plugged_into_a_running_vm(self, bench: Workbench) -> None:
        vm = bench.started("vcpus", vcpus=1, maxvcpus=2)
        _apply(bench, vm, Where.LIVE, vcpus=2)
        assert bench.call(lambda _, vmm: vmm.info(vm.ref.key))["vcpus"] == 2
        assert bench.stored(vm)["vcpus"] == 1


def _apply(bench: Workbench, vm: ListedVM, where: Where, **values: object) -> None:
    bench.app.lifecycle.apply(vm, Change(values=values, where=where))
