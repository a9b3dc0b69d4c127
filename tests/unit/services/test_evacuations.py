"""Moving all VMs of a server away, and looking before where each would go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from convirt_core.app import Application
from convirt_core.errors import OperationFailed, ServerUnavailable
from convirt_core.model import ManagedNode, MigrationRequest, VMState, errors_in
from convirt_core.services.migration import EvacuationOptions, Order
from convirt_core.services.migration.evacuation import Evacuation
from convirt_core.services.migration.moving import Move

AddVM = Callable[..., str]


@pytest.fixture
def four(app: Application, host1: ManagedNode, host2: ManagedNode, add_vm: AddVM) -> list[str]:
    sizes = {"a": 64, "b": 256, "c": 32, "d": 128}
    return [add_vm(name, state=VMState.RUNNING, memory=size) for name, size in sizes.items()]


def test_an_evacuation_goes_on_after_a_failure(app: Application, world, host1, host2, four) -> None:
    world["host1"].errors["migrate"] = [OperationFailed("The line is bad.")]
    departures = app.migrations.evacuate(host1, [host2])
    assert [(one.vm.name, one.moved is not None) for one in departures] == [
        ("a", False),
        ("b", True),
        ("c", True),
        ("d", True),
    ]


@pytest.mark.parametrize(("order", "names"), [(Order.NAME, "abcd"), (Order.SMALLEST, "cadb"), (Order.LARGEST, "bdac")])
def test_an_evacuation_has_an_order(app: Application, host1, host2, four, order: Order, names: str) -> None:
    departures = app.migrations.evacuate(host1, [host2], EvacuationOptions(order=order))
    assert "".join(one.vm.name for one in departures) == names


def test_an_evacuation_passes_over_a_server_that_something_stands_against(
    app: Application, world, host1, host2, add_vm: AddVM
) -> None:
    host3 = app.grid.add_server("host3", platform="toy")
    key = add_vm("web1", state=VMState.RUNNING)
    add_vm("web1", "host2")
    departures = app.migrations.evacuate(host1, [host2, host3])
    assert (departures[0].destination, key in world["host3"].machines) == ("host3", True)


def test_an_evacuation_tells_of_each_vm_as_it_goes(app: Application, host1, host2, four) -> None:
    told: list[str] = []
    app.migrations.evacuate(host1, [host2], EvacuationOptions(at_once=3), told=lambda one: told.append(one.vm.name))
    assert sorted(told) == ["a", "b", "c", "d"]


def test_a_look_at_an_evacuation_moves_nothing(app: Application, world, host1, host2, four) -> None:
    prospects = app.migrations.plan_evacuation(host1, [host2])
    assert [(one.vm.name, one.plan.destination.node.name) for one in prospects] == [(name, "host2") for name in "abcd"]
    assert (len(world["host1"].machines), len(world["host2"].machines), app.tasks.list()) == (4, 0, [])


def test_a_look_at_an_evacuation_finds_the_server_that_nothing_stands_against(
    app: Application, host1, host2, add_vm: AddVM
) -> None:
    host3 = app.grid.add_server("host3", platform="toy")
    add_vm("web1", state=VMState.RUNNING)
    add_vm("web1", "host2")
    prospects = app.migrations.plan_evacuation(host1, [host2, host3])
    assert [(one.plan.destination.node.name, one.plan.findings) for one in prospects] == [("host3", ())]


def test_a_look_at_an_evacuation_says_what_stands_against_one_that_can_go_nowhere(
    app: Application, host1, host2, four, add_vm: AddVM
) -> None:
    add_vm("b", "host2")
    prospects = app.migrations.plan_evacuation(host1, [host2])
    codes = {one.vm.name: [finding.code for finding in one.plan.findings] for one in prospects}
    assert codes == {"a": [], "b": ["name-taken"], "c": [], "d": []}


def test_a_look_at_an_evacuation_counts_the_memory_of_those_that_would_have_gone(
    app: Application, world, host1, host2, four
) -> None:
    host3 = app.grid.add_server("host3", platform="toy")
    world["host2"].memory_free_bytes, world["host3"].memory_free_bytes = 300 << 20, 200 << 20
    prospects = app.migrations.plan_evacuation(host1, [host2, host3], EvacuationOptions(order=Order.LARGEST))
    assert [(one.vm.name, one.plan.destination.node.name) for one in prospects] == [
        ("b", "host2"),
        ("d", "host3"),
        ("a", "host3"),
        ("c", "host2"),
    ]


def test_a_look_at_an_evacuation_refuses_one_that_those_before_it_leave_no_memory(
    app: Application, world, host1, host2, add_vm: AddVM
) -> None:
    add_vm("a", state=VMState.RUNNING, memory=200)
    add_vm("b", state=VMState.RUNNING, memory=200)
    world["host2"].memory_free_bytes = 300 << 20
    first, second = app.migrations.plan_evacuation(host1, [host2])
    assert errors_in(first.plan.findings) == []
    assert [(finding.code, finding.message) for finding in errors_in(second.plan.findings)] == [
        ("memory-short", "b may grow to 200 MiB, and host2 has 100 MiB for VMs beside those that would go before.")
    ]


def test_a_look_at_an_evacuation_counts_no_memory_of_those_that_are_stopped(
    app: Application, world, host1, host2, add_vm: AddVM
) -> None:
    add_vm("a", memory=200)
    add_vm("b", state=VMState.RUNNING, memory=200)
    add_vm("c", memory=200)
    world["host2"].memory_free_bytes = 400 << 20
    prospects = app.migrations.plan_evacuation(host1, [host2])
    assert [one.plan.findings for one in prospects] == [(), (), ()]


@pytest.mark.parametrize(("state", "of_all"), [(VMState.RUNNING, [128, 64]), (VMState.STOPPED, [64, 64])])
def test_an_evacuation_to_one_server_counts_those_that_run_and_go_after(
    app: Application, world, host1, host2, add_vm: AddVM, state: VMState, of_all: list[int]
) -> None:
    add_vm("a", state=VMState.RUNNING)
    add_vm("b", state=state)
    requests: list[MigrationRequest] = []
    world.minds_migration = lambda request: requests.append(request) or []
    app.migrations.evacuate(host1, [host2])
    assert [request.memory_of_all_bytes >> 20 for request in requests] == of_all


def test_a_look_at_an_evacuation_goes_on_past_an_error(app: Application, world, host1, host2, four) -> None:
    host3 = app.grid.add_server("host3", platform="toy")
    for name in ("host2", "host3"):
        world[name].errors["connect"] = [ServerUnavailable("It is off.")] * 20
    prospects = app.migrations.plan_evacuation(host1, [host2, host3])
    assert [str(one.error) for one in prospects] == [f"No server answers that {name} could go to." for name in "abcd"]


def test_an_evacuation_that_is_interrupted_begins_nothing_more(
    app: Application, world, host1, host2, four, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, begins, stopped = Move.run, threading.Event(), threading.Event()

    def interrupted(self: Future) -> object:
        begins.wait(5)
        raise KeyboardInterrupt

    def run_late(self: Move, **how) -> object:
        begins.set()
        stopped.wait(5)
        return run(self, **how)

    cancel_running = Evacuation._cancel_running
    monkeypatch.setattr(Evacuation, "_cancel_running", lambda self: (cancel_running(self), stopped.set()))
    monkeypatch.setattr(Future, "result", interrupted)
    monkeypatch.setattr(Move, "run", run_late)
    with pytest.raises(KeyboardInterrupt):
        app.migrations.evacuate(host1, [host2])
    assert "migrate" not in world["host1"].asked
    assert app.tasks.list(running_only=True) == []


def test_the_threads_of_an_evacuation_do_not_hold_the_process(
    app: Application, world, host1, host2, add_vm: AddVM
) -> None:
    add_vm("web1", state=VMState.RUNNING)
    world["host1"].hang["migrate"] = threading.Event()
    caller = threading.Thread(target=lambda: app.migrations.evacuate(host1, [host2]), daemon=True)
    caller.start()
    while "migrate" not in world["host1"].asked:
        time.sleep(0.01)
    theirs = [thread for thread in threading.enumerate() if thread.name.startswith("evacuate")]
    world["host1"].hang["migrate"].set()
    caller.join(5)
    assert [thread.daemon for thread in theirs] == [True]
