"""A VM's life: each operation is done when it is seen done, and refused where it does not belong."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from convirt_core.errors import ConvirtError, NotDone, OperationFailed, WrongState
from convirt_core.model import OPERATIONS, Capability, VMState
from convirt_core.testing.proofs import proves, refuses

if TYPE_CHECKING:
    from convirt_core.services.listed import ListedVM
    from convirt_core.testing.workbench import Workbench

_SIMPLE = (Capability.START, Capability.PAUSE, Capability.RESUME, Capability.KILL, Capability.SHUTDOWN)
_BOOTS = (Capability.REBOOT, Capability.RESET)


class Life:
    """Starting, pausing, stopping, booting anew."""

    @proves(Capability.START)
    def test_a_started_vm_runs_and_its_guest_boots(self, bench: Workbench) -> None:
        vm = bench.do(Capability.START, bench.stopped())
        assert vm.vm.state is VMState.RUNNING
        assert vm.vm.id is not None
        bench.lab.wait_booted(bench.app, vm)

    @proves(Capability.PAUSE, Capability.RESUME)
    def test_a_paused_vm_stands_still_until_it_is_resumed(self, bench: Workbench) -> None:
        vm = bench.do(Capability.PAUSE, bench.running())
        assert vm.vm.state is VMState.PAUSED
        vm = bench.do(Capability.RESUME, vm)
        assert vm.vm.state is VMState.RUNNING

    @proves(Capability.KILL)
    def test_a_killed_vm_is_stopped_and_keeps_its_definition(self, bench: Workbench) -> None:
        vm = bench.do(Capability.KILL, bench.running())
        assert (vm.vm.state, vm.vm.id) == (VMState.STOPPED, None)
        assert bench.stored(vm).name == vm.name

    @proves(Capability.SHUTDOWN)
    def test_a_guest_that_is_asked_to_shut_down_stops(self, bench: Workbench) -> None:
        assert bench.do(Capability.SHUTDOWN, bench.running()).vm.state is VMState.STOPPED

    @refuses(Capability.SHUTDOWN)
    def test_a_deaf_guest_is_still_running_when_its_time_is_over(self, bench: Workbench) -> None:
        vm = bench.deaf()
        if vm is None:
            pytest.skip("the lab has no guest that does not listen: write Lab.deaf_values")
        with pytest.raises(NotDone):
            bench.app.lifecycle.run(Capability.SHUTDOWN, vm, deadline_seconds=bench.lab.deaf_seconds)
        assert bench.find(vm.ref.key).vm.state.is_resident

    @pytest.mark.parametrize("capability", [pytest.param(each, marks=proves(each)) for each in _BOOTS])
    def test_a_guest_boots_anew_and_its_vm_runs_on(self, bench: Workbench, capability: Capability) -> None:
        before = bench.running()
        vm = bench.do(capability, before)
        assert vm.vm.state is VMState.RUNNING
        done = bench.call(lambda _, vmm: vmm.is_done(capability, before.vm, vm.vm))
        assert done is not False
        assert (vm.vm.id != before.vm.id) is bench.call(lambda _, vmm: vmm.reboots_are_new_runs)
        bench.lab.wait_booted(bench.app, vm)

    @pytest.mark.parametrize("capability", [pytest.param(each, marks=refuses(each)) for each in _SIMPLE + _BOOTS])
    def test_an_operation_is_refused_in_a_wrong_state_and_changes_nothing(
        self, bench: Workbench, capability: Capability
    ) -> None:
        vm = _in_wrong_state(bench, capability)
        with pytest.raises(WrongState):
            bench.app.lifecycle.run(capability, vm)
        with suppress(WrongState) if capability is Capability.KILL else pytest.raises((WrongState, OperationFailed)):
            bench.call(lambda _, vmm: getattr(vmm, capability.value)(vm.ref.key))
        now = bench.find(vm.ref.key)
        assert (now.vm.state, now.vm.id) == (vm.vm.state, vm.vm.id)

    @pytest.mark.parametrize(
        "capability",
        [pytest.param(each, marks=refuses(each)) for each in (Capability.START, Capability.KILL, Capability.PAUSE)],
    )
    def test_what_is_done_already_is_refused_or_changes_nothing(self, bench: Workbench, capability: Capability) -> None:
        vm = _done_already(bench, capability)
        with suppress(ConvirtError):
            bench.call(lambda _, vmm: getattr(vmm, capability.value)(vm.ref.key))
        now = bench.find(vm.ref.key)
        assert (now.vm.state, now.vm.id) == (vm.vm.state, vm.vm.id)

    def test_the_running_side_tells_what_runs(self, bench: Workbench) -> None:
        vm = bench.running()
        info = bench.call(lambda _, vmm: vmm.info(vm.ref.key))
        assert (info["name"], info["id"], info["state"]) == (vm.name, vm.vm.id, VMState.RUNNING)
        assert isinstance(info["memory"], int) and info["memory"] > 0
        assert info["no such key"] is None

    def test_a_stopped_vm_has_no_running_side(self, bench: Workbench) -> None:
        vm = bench.stopped()
        with pytest.raises(WrongState):
            bench.call(lambda _, vmm: vmm.info(vm.ref.key))


def _in_wrong_state(bench: Workbench, capability: Capability) -> ListedVM:
    if VMState.STOPPED in OPERATIONS[capability].allowed:
        return bench.running()
    return bench.stopped()


def _done_already(bench: Workbench, capability: Capability) -> ListedVM:
    if capability is Capability.KILL:
        return bench.stopped()
    if capability is Capability.START:
        return bench.running()
    return bench.do(Capability.PAUSE, bench.running())
