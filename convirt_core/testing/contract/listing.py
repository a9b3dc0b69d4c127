"""The VMs of a server, as they are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from convirt_core.errors import AlreadyExists, Conflict, NotFound, WrongState
from convirt_core.model import Capability, VMState
from convirt_core.testing.proofs import proves, refuses

if TYPE_CHECKING:
    from convirt_core.testing.workbench import Workbench

_NOBODY = "00000000-0000-4000-8000-00000000beef"


class Listing:
    """What is there, under which key, and what is not."""

    @proves(Capability.DEFINE)
    def test_a_new_vm_is_listed_stopped_under_its_key(self, bench: Workbench) -> None:
        vm = bench.define()
        assert (vm.vm.key, vm.vm.state, vm.vm.id) == (vm.ref.key, VMState.STOPPED, None)
        assert vm.name.startswith("kit-")
        bench.check_witness(vm)

    @proves(Capability.DEFINE)
    def test_a_new_vm_has_the_size_that_it_was_defined_with(self, bench: Workbench) -> None:
        vm = bench.define(memory=160, vcpus=1).vm
        assert (vm.memory_bytes >> 20, vm.vcpus) == (160, 1)

    def test_one_vm_is_looked_at_as_it_is_listed(self, bench: Workbench) -> None:
        listed = bench.stopped().vm
        single = bench.look(lambda vnode: vnode.vm(listed.key))
        assert (single.key, single.name, single.state) == (listed.key, listed.name, listed.state)

    def test_each_vm_is_listed_once_and_again(self, bench: Workbench) -> None:
        vm = bench.stopped()
        first = bench.look(lambda vnode: [each.key for each in vnode.vms()])
        second = bench.look(lambda vnode: [each.key for each in vnode.vms()])
        assert len(set(first)) == len(first)
        assert set(first) == set(second)
        assert vm.ref.key in first

    def test_what_joins_and_leaves_changes_nothing_of_the_others(self, bench: Workbench) -> None:
        before = bench.listed_keys()
        new = bench.define()
        assert bench.listed_keys() == before | {new.ref.key}
        bench.remove(new)
        assert bench.listed_keys() == before

    def test_a_vm_that_is_not_there_is_not_found(self, bench: Workbench) -> None:
        with pytest.raises(NotFound):
            bench.look(lambda vnode: vnode.vm(_NOBODY))

    @pytest.mark.parametrize("name", ["config", "info", "start", "kill", "remove"])
    def test_nothing_is_done_to_a_vm_that_is_not_there(self, bench: Workbench, name: str) -> None:
        with pytest.raises(NotFound):
            bench.call(lambda _, vmm: getattr(vmm, name)(_NOBODY))

    @refuses(Capability.DEFINE)
    def test_a_taken_name_is_refused_and_nothing_is_left(self, bench: Workbench) -> None:
        vm = bench.stopped()
        before = bench.listed_keys()
        with pytest.raises(AlreadyExists):
            bench.app.lifecycle.define(bench.node, values=bench.lab.values(vm.name))
        assert bench.listed_keys() == before

    @refuses(Capability.DEFINE)
    def test_a_taken_name_is_refused_by_the_hypervisor_too(self, bench: Workbench) -> None:
        vm = bench.stopped()
        before = bench.listed_keys()
        config = bench.config(vm.name)
        with pytest.raises(AlreadyExists):
            bench.call(lambda _, vmm: vmm.define(config))
        assert bench.listed_keys() == before

    @proves(Capability.DEFINE)
    def test_a_change_of_the_definition_is_read_back(self, bench: Workbench) -> None:
        vm = bench.define()
        config = bench.stored(vm)
        config["description"] = "written by the kit"
        bench.call(lambda _, vmm: vmm.write_config(config))
        assert bench.stored(vm)["description"] == "written by the kit"

    @refuses(Capability.DEFINE)
    def test_a_definition_that_somebody_changed_is_not_overwritten(self, bench: Workbench) -> None:
        vm = bench.define()
        mine, theirs = bench.stored(vm), bench.stored(vm)
        theirs["description"] = "theirs"
        bench.call(lambda _, vmm: vmm.write_config(theirs))
        mine["description"] = "mine"
        with pytest.raises(Conflict):
            bench.call(lambda _, vmm: vmm.write_config(mine))
        assert bench.stored(vm)["description"] == "theirs"

    @proves(Capability.REMOVE)
    def test_a_removed_vm_is_gone(self, bench: Workbench) -> None:
        vm = bench.define()
        bench.remove(vm)
        assert vm.ref.key not in bench.listed_keys()
        with pytest.raises(NotFound):
            bench.call(lambda _, vmm: vmm.config(vm.ref.key))

    @refuses(Capability.REMOVE)
    def test_a_running_vm_is_not_removed(self, bench: Workbench) -> None:
        vm = bench.running()
        with pytest.raises(WrongState):
            bench.remove(vm)
        assert bench.find(vm.ref.key).vm.state is VMState.RUNNING

    @proves(Capability.AUTOSTART)
    def test_a_vm_is_started_with_its_server_or_not(self, bench: Workbench) -> None:
        vm = bench.define()
        for wanted in (True, False):
            bench.app.lifecycle.set_autostart(bench.find(vm.ref.key), wanted)
            assert bench.find(vm.ref.key).vm.autostart is wanted
