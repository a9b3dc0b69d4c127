"""Snapshots and their rates."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convirt_core.app import Application
from convirt_core.errors import ServerUnavailable
from convirt_core.model import ManagedNode, MetricSnapshot, VMMetrics, VMState
from convirt_core.services.metrics import Metrics
from convirt_core.services.rates import fill_rates, rate

AddVM = Callable[..., str]


def snapshot(taken_at: float, **counters: float) -> MetricSnapshot:
    vm = VMMetrics("k", "web1", VMState.RUNNING, vcpus=2)
    for name, value in counters.items():
        setattr(vm, name, value)
    return MetricSnapshot(taken_at, 4, 8 << 30, vms=[vm])


def test_processor_time_becomes_shares_of_the_host_and_of_the_vcpus() -> None:
    [vm] = fill_rates(snapshot(12.0, cpu_seconds=8.0), snapshot(10.0, cpu_seconds=7.0)).vms
    assert (vm.cpu_percent_of_host, vm.cpu_percent_of_vcpus) == (12.5, 25.0)


@pytest.mark.parametrize("name", ["received_bytes", "sent_bytes", "read_bytes", "written_bytes"])
def test_bytes_become_bytes_per_second(name: str) -> None:
    [vm] = fill_rates(snapshot(12.0, **{name: 3000}), snapshot(10.0, **{name: 1000})).vms
    assert getattr(vm, f"{name}_per_second") == 1000.0


def test_a_counter_that_went_backwards_has_no_rate() -> None:
    [vm] = fill_rates(snapshot(12.0, read_bytes=5, sent_bytes=9), snapshot(10.0, read_bytes=1000)).vms
    assert (vm.read_bytes_per_second, vm.sent_bytes_per_second) == (None, 4.5)


@pytest.mark.parametrize(
    ("count", "name"),
    [
        *(("nic_count", name) for name in ("received_bytes", "sent_bytes")),
        *(("disk_count", name) for name in ("read_bytes", "written_bytes")),
    ],
)
@pytest.mark.parametrize(("before", "now", "found"), [(0, 1, None), (1, 2, None), (2, 2, 1000.0), (2, 1, 1000.0)])
def test_a_device_that_has_come_brings_no_leap(
    count: str, name: str, before: int, now: int, found: float | None
) -> None:
    earlier, later = snapshot(10.0, **{name: 1000, count: before}), snapshot(12.0, **{name: 3000, count: now})
    assert getattr(fill_rates(later, earlier).vms[0], f"{name}_per_second") == found


def test_the_first_snapshot_has_no_rates() -> None:
    assert fill_rates(snapshot(12.0), None).vms[0].cpu_percent_of_host is None


def test_a_vm_that_was_not_there_before_has_no_rates() -> None:
    before = MetricSnapshot(10.0, 4, 8 << 30)
    assert fill_rates(snapshot(12.0), before).vms[0].read_bytes_per_second is None


def test_two_snapshots_of_one_moment_give_no_rates() -> None:
    assert fill_rates(snapshot(10.0, read_bytes=9), snapshot(10.0)).vms[0].read_bytes_per_second is None


def test_a_vm_without_processors_divides_by_nothing() -> None:
    now, before = snapshot(12.0), snapshot(10.0)
    now.vms[0].vcpus = now.cpus = 0
    assert fill_rates(now, before).vms[0].cpu_percent_of_vcpus is None


@given(st.integers(0, 1 << 60), st.integers(0, 1 << 60), st.floats(0.05, 1e6))
def test_a_rate_is_never_negative(now: int, before: int, seconds: float) -> None:
    found = rate(now, before, seconds)
    assert (found is None) == (now < before)
    assert found is None or found >= 0


def test_with_an_interval_the_first_answer_has_rates(app: Application, host1: ManagedNode, add_vm: AddVM) -> None:
    add_vm("web1", state=VMState.RUNNING)
    slept: list[float] = []
    [vm] = Metrics(app.servers, sleep=slept.append).snapshot(host1, interval_seconds=1.5).vms
    assert slept == [1.5]
    assert vm.cpu_percent_of_host == 2.5


def test_without_one_the_rates_are_since_the_last_answer(app: Application, host1: ManagedNode, add_vm: AddVM) -> None:
    add_vm("web1", state=VMState.RUNNING)
    first, second = (app.metrics.snapshot(host1).vms[0].cpu_percent_of_host for _ in range(2))
    assert (first, second) == (None, 2.5)


def test_a_young_snapshot_is_not_taken_again(app: Application, host1: ManagedNode, toy: Any) -> None:
    metrics = Metrics(app.servers, clock=lambda: 12.0)  # the toy's first is taken at 10
    assert metrics.snapshot(host1) is metrics.snapshot(host1, max_age_seconds=5)
    assert toy.asked.count("metrics") == 1
    metrics.snapshot(host1, max_age_seconds=1)
    assert toy.asked.count("metrics") == 2


def test_a_fleet_is_asked_at_once_and_a_bad_server_is_its_own_error(
    app: Application, host1: ManagedNode, world: Any
) -> None:
    app.grid.add_server("host2", platform="toy")
    world["host2"].errors["metrics"] = [ServerUnavailable("no")] * 2
    answers = {answer.node.name: answer for answer in app.metrics.fleet(interval_seconds=0.01)}
    assert answers["host1"].snapshot is not None
    assert str(answers["host2"].error) == "no"


def test_a_server_that_did_not_answer_the_first_time_is_not_waited_for_twice(
    app: Application, host1: ManagedNode, toy: Any
) -> None:
    toy.errors["metrics"] = [ServerUnavailable("no")]
    slept: list[float] = []
    [answer] = Metrics(app.servers, sleep=slept.append).fleet(interval_seconds=60)
    assert (str(answer.error), slept) == ("no", [])


def test_what_was_waited_for_a_slow_server_is_not_waited_again(app: Application, host1: ManagedNode) -> None:
    slept: list[float] = []
    metrics = Metrics(app.servers, sleep=slept.append, clock=lambda: 10.75)  # the toy's first is taken at 10
    assert [answer.error for answer in metrics.fleet(interval_seconds=1.0)] == [None]
    assert slept == [0.25]
