"""States that are kept: saved memory, snapshots, clones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from convirt_core.errors import ConvirtError, NotFound
from convirt_core.model import Capability, VMState
from convirt_core.testing.guests import check_goes_on
from convirt_core.testing.proofs import proves, refuses

if TYPE_CHECKING:
    from convirt_core.services.listed import ListedVM
    from convirt_core.testing.workbench import Workbench


class Keeping:
    """What is there again later."""

    @proves(Capability.SAVE, Capability.RESTORE)
    def test_a_vm_that_was_saved_to_a_file_goes_on_from_it(self, bench: Workbench) -> None:
        vm, path = bench.running(), bench.lab.scratch_path(bench.name("saved"))
        boots = bench.boots(vm)
        assert bench.do(Capability.SAVE, vm, path=path).vm.state is VMState.STOPPED
        try:
            assert bench.call(lambda _, vmm: vmm.saved_key(path)) == vm.ref.key
            bench.app.lifecycle.restore(bench.node, path, deadline_seconds=bench.deadline(Capability.RESTORE))
            again = bench.find(vm.ref.key)
            assert again.vm.state is VMState.RUNNING
            bench.check_witness(again)
            check_goes_on(bench, again, boots)
        finally:
            bench.remove_file(path)

    @refuses(Capability.SAVE)
    def test_a_vm_that_cannot_be_saved_runs_on(self, bench: Workbench) -> None:
        vm, path = bench.running(), "/no/such/folder/kit-saved"
        with pytest.raises(ConvirtError):
            bench.app.lifecycle.run(Capability.SAVE, vm, path=path, deadline_seconds=bench.deadline(Capability.SAVE))
        assert bench.find(vm.ref.key).vm.state is VMState.RUNNING
        bench.check_witness(vm)

    @refuses(Capability.RESTORE)
    def test_a_file_that_holds_no_vm_is_not_restored(self, bench: Workbench) -> None:
        before, path = bench.listed_keys(), bench.lab.scratch_path(bench.name("empty"))
        bench.server.proxy.write_file(path, b"This is no VM.")
        try:
            with pytest.raises(ConvirtError):
                bench.app.lifecycle.restore(bench.node, path)
            assert bench.listed_keys() == before
        finally:
            bench.remove_file(path)

    @proves(Capability.MANAGED_SAVE)
    def test_a_vm_that_its_hypervisor_keeps_goes_on_at_the_next_start(self, bench: Workbench) -> None:
        vm = bench.running()
        boots = bench.boots(vm)
        vm = bench.do(Capability.MANAGED_SAVE, vm)
        assert vm.vm.state is VMState.SAVED
        vm = bench.do(Capability.START, vm)
        assert vm.vm.state is VMState.RUNNING
        check_goes_on(bench, vm, boots)

    @proves(Capability.SNAPSHOT)
    def test_a_snapshot_is_made_found_gone_back_to_and_forgotten(self, bench: Workbench) -> None:
        vm, lifecycle = bench.define("snapshot", **bench.lab.disk_values()), bench.app.lifecycle
        lifecycle.create_snapshot(vm, "kit-one", "before")
        [kept] = lifecycle.snapshots(vm)
        assert (kept.name, kept.description, kept.state) == ("kit-one", "before", VMState.STOPPED)
        _describe(bench, vm, "changed by the kit")
        lifecycle.create_snapshot(vm, "kit-two")
        assert [each.parent for each in lifecycle.snapshots(vm)] == ["", "kit-one"]
        lifecycle.revert_to_snapshot(vm, "kit-one")
        assert [each.name for each in lifecycle.snapshots(vm) if each.is_current] == ["kit-one"]
        assert bench.stored(vm).get("description") != "changed by the kit"
        for name in ("kit-two", "kit-one"):
            lifecycle.delete_snapshot(vm, name)
        assert lifecycle.snapshots(vm) == []

    @proves(Capability.SNAPSHOT)
    def test_a_vm_that_ran_goes_on_from_its_snapshot(self, bench: Workbench) -> None:
        vm = bench.started("kept", **bench.lab.disk_values())
        boots = bench.boots(vm)
        bench.app.lifecycle.create_snapshot(vm, "kit-running")
        vm = bench.do(Capability.KILL, vm)
        bench.app.lifecycle.revert_to_snapshot(vm, "kit-running")
        again = bench.find(vm.ref.key)
        assert again.vm.state is VMState.RUNNING
        bench.check_witness(again)
        check_goes_on(bench, again, boots)

    @refuses(Capability.SNAPSHOT)
    def test_a_snapshot_that_is_not_there_is_not_gone_back_to(self, bench: Workbench) -> None:
        vm = bench.stopped()
        with pytest.raises(NotFound):
            bench.app.lifecycle.revert_to_snapshot(vm, "kit-nosuch")
        assert bench.find(vm.ref.key).vm.state is VMState.STOPPED

    @proves(Capability.CLONE)
    def test_a_clone_is_another_vm_of_the_same_size(self, bench: Workbench) -> None:
        vm = bench.define("original", memory=160, **bench.lab.disk_values())
        ref = bench.app.lifecycle.clone(vm, bench.name("clone"))
        bench.adopt(ref.key)
        clone = bench.find(ref.key)
        assert clone.ref.key != vm.ref.key
        assert (clone.vm.state, clone.vm.memory_bytes) == (VMState.STOPPED, vm.vm.memory_bytes)
        assert bench.find(vm.ref.key).name == vm.name
        theirs, own = (_sources(bench, each) for each in (vm, clone))
        assert len(own) == len(theirs)
        assert own & theirs == set()
        if not own:
            bench.unseen.add("disks of a clone")


def _describe(bench: Workbench, vm: ListedVM, text: str) -> None:
    config = bench.stored(vm)
    config["description"] = text
    bench.call(lambda _, vmm: vmm.write_config(config))


def _sources(bench: Workbench, vm: ListedVM) -> set[str]:
    return {disk.source for disk in bench.stored(vm).disks()}
