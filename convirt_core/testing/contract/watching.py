"""What a server tells: metrics, events, consoles."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from convirt_core.errors import Busy, NotSupported
from convirt_core.model import Capability, Event, EventKind, VMState
from convirt_core.testing.guests import check_answers
from convirt_core.testing.proofs import proves, refuses

if TYPE_CHECKING:
    from convirt_core.model import VMMetrics
    from convirt_core.services.listed import ListedVM
    from convirt_core.testing.workbench import Workbench

_LEAST_SECONDS = 1.5
"""Between two snapshots, for a rate that means something."""


class Watching:
    """Numbers, news and lines."""

    @proves(Capability.METRICS)
    def test_a_snapshot_has_the_server_and_each_vm_in_bytes_and_seconds(self, bench: Workbench) -> None:
        vm = bench.running()
        snapshot = bench.look(lambda vnode: vnode.metric_snapshot())
        own = next(each for each in snapshot.vms if each.key == vm.ref.key)
        assert snapshot.cpus >= 1
        assert snapshot.memory_total_bytes >= 1 << 28
        assert own.state is VMState.RUNNING
        assert 1 << 24 <= own.memory_bytes <= own.memory_limit_bytes
        assert own.memory_limit_bytes == bench.find(vm.ref.key).vm.memory_limit_bytes
        assert own.vcpus == bench.find(vm.ref.key).vm.vcpus

    @proves(Capability.METRICS)
    def test_a_counter_never_falls_while_a_vm_runs(self, bench: Workbench) -> None:
        vm = bench.running()
        before = _metrics(bench, vm)
        time.sleep(_LEAST_SECONDS)
        after = _metrics(bench, vm)
        for counter in ("cpu_seconds", "received_bytes", "sent_bytes", "read_bytes", "written_bytes"):
            assert getattr(after, counter) >= getattr(before, counter), counter
        assert after.cpu_seconds > 0, "a guest that has booted has used its processor"

    @proves(Capability.METRICS)
    def test_rates_come_with_the_second_snapshot_and_are_within_bounds(self, bench: Workbench) -> None:
        vm = bench.running()
        metrics = bench.app.metrics
        metrics.snapshot(bench.node)
        time.sleep(_LEAST_SECONDS)
        own = next(each for each in metrics.snapshot(bench.node).vms if each.key == vm.ref.key)
        assert own.cpu_percent_of_host is not None
        assert 0.0 <= own.cpu_percent_of_host <= 105.0

    @proves(Capability.EVENTS)
    def test_events_tell_of_a_start_and_a_stop_in_order(self, bench: Workbench) -> None:
        vm, heard = bench.stopped(), list[Event]()
        end = bench.server.subscribe(heard.append)
        try:
            bench.do(Capability.START, vm)
            bench.do(Capability.KILL, bench.find(vm.ref.key))
            bench.wait_until(lambda: VMState.STOPPED in _states(heard, vm), "the stop is told")
        finally:
            end()
        states = _states(heard, vm)
        assert states.index(VMState.RUNNING) < states.index(VMState.STOPPED)

    @refuses(Capability.EVENTS)
    def test_who_listens_no_more_hears_no_more(self, bench: Workbench) -> None:
        vm, heard = bench.stopped(), list[Event]()
        bench.look(lambda vnode: vnode.subscribe(heard.append)())
        bench.do(Capability.START, vm)
        assert heard == []

    @proves(Capability.SERIAL_CONSOLE)
    def test_the_guest_answers_on_its_serial_line(self, bench: Workbench) -> None:
        check_answers(bench, bench.running())

    @proves(Capability.SERIAL_CONSOLE)
    def test_a_line_that_is_let_go_can_be_taken_again(self, bench: Workbench) -> None:
        vm = bench.running()
        first = bench.app.lifecycle.open_console(vm)
        first.close()
        assert first.read(timeout_seconds=5.0) is None
        bench.app.lifecycle.open_console(vm).close()

    @refuses(Capability.SERIAL_CONSOLE)
    def test_a_line_that_somebody_has_is_taken_by_force_only(self, bench: Workbench) -> None:
        vm = bench.running()
        first = bench.app.lifecycle.open_console(vm)
        try:
            with pytest.raises(Busy):
                bench.app.lifecycle.open_console(vm)
            bench.app.lifecycle.open_console(vm, force=True).close()
        finally:
            first.close()

    @proves(Capability.GRAPHICAL_CONSOLE)
    def test_the_screen_of_a_running_vm_answers_at_its_address(self, bench: Workbench) -> None:
        vm = bench.started("screen", vnc=1)
        screen = bench.app.lifecycle.graphical_console(vm)
        assert screen.protocol in {"vnc", "spice"}
        proxy = bench.server.proxy
        line = proxy.connect_unix(screen.socket_path) if screen.socket_path else proxy.connect(screen.host, screen.port)
        with line:
            line.settimeout(bench.lab.answer_seconds)
            assert screen.protocol != "vnc" or line.recv(3) == b"RFB"

    @refuses(Capability.GRAPHICAL_CONSOLE)
    def test_a_vm_without_a_screen_says_so(self, bench: Workbench) -> None:
        vm = bench.started("blind", vnc=0)
        with pytest.raises(NotSupported):
            bench.app.lifecycle.graphical_console(vm)


def _metrics(bench: Workbench, vm: ListedVM) -> VMMetrics:
    snapshot = bench.look(lambda vnode: vnode.metric_snapshot())
    return next(each for each in snapshot.vms if each.key == vm.ref.key)


def _states(heard: list[Event], vm: ListedVM) -> list[VMState]:
    return [event.state for event in heard if event.key == vm.ref.key and event.kind is EventKind.STATE]
