"""Moving VMs between toy hypervisors: wherever it stops, the VM is at one server, with its record."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest
from attrs import evolve

from convirt_core.app import Application
from convirt_core.errors import (
    Cancelled,
    NotDone,
    NotSupported,
    OperationFailed,
    OutcomeUnknown,
    ServerUnavailable,
    WrongState,
)
from convirt_core.model import (
    Capability,
    ChecksFailed,
    Disk,
    Finding,
    ManagedNode,
    MigrationOptions,
    MigrationProgress,
    MigrationRequest,
    Severity,
    TaskState,
    VMRef,
    VMState,
)
from convirt_core.platforms import VM
from convirt_core.services.migration import EvacuationOptions, Order
from convirt_core.services.migration.evacuation import Evacuation
from convirt_core.services.migration.moving import Move
from convirt_core.services.migration.places import Place, Sight, place_of_running, place_of_stopped
from convirt_core.services.vms import ListedVM

AddVM = Callable[..., str]


@pytest.fixture
def host2(app: Application) -> ManagedNode:
    return app.grid.add_server("host2", platform="toy")


@pytest.fixture
def web1(app: Application, host1: ManagedNode, host2: ManagedNode, add_vm: AddVM) -> ListedVM:
    """A managed VM that runs on host1."""
    key = add_vm("web1", state=VMState.RUNNING)
    app.vms.import_vm(VMRef(host1.id, key))
    return app.vms.find("web1")


@pytest.fixture
def db1(app: Application, host1: ManagedNode, host2: ManagedNode, add_vm: AddVM) -> ListedVM:
    """A managed VM that is stopped, on host1."""
    key = add_vm("db1")
    app.vms.import_vm(VMRef(host1.id, key))
    return app.vms.find("db1")


@pytest.fixture
def migrate(app: Application, host2: ManagedNode) -> Callable[..., object]:
    """Move a VM to host2."""
    return lambda vm, **how: app.migrations.migrate(app.migrations.plan(vm, host2), **how)


def where(world, key: str) -> list[str]:
    return [name for name in ("host1", "host2") if key in world[name].machines]


# -- moving ------------------------------------------------------------------------------------------------------------


def test_a_running_vm_is_at_the_destination_alone(world, web1: ListedVM, migrate) -> None:
    moved = migrate(web1)
    assert where(world, web1.ref.key) == ["host2"]
    assert moved.sentence.startswith("web1 was migrated to host2 in ")


def test_its_record_moves_with_it(app: Application, web1: ListedVM, host2: ManagedNode, migrate) -> None:
    migrate(web1)
    assert [record.ref for record in app.store.vms.all()] == [VMRef(host2.id, web1.ref.key)]


def test_an_unmanaged_vm_moves_too(app: Application, world, host1, host2, add_vm: AddVM, migrate) -> None:
    key = add_vm("wild", state=VMState.RUNNING)
    migrate(app.vms.find("wild"))
    assert where(world, key) == ["host2"]


def test_of_a_stopped_vm_the_definition_moves(world, db1: ListedVM, migrate) -> None:
    migrate(db1)
    assert where(world, db1.ref.key) == ["host2"]
    assert "migrate" not in world["host1"].asked


def test_it_starts_with_its_new_server_if_it_did_with_the_old(app: Application, world, db1: ListedVM, migrate) -> None:
    app.lifecycle.set_autostart(db1, enabled=True)
    migrate(db1)
    assert world["host2"].machines[db1.ref.key].autostart


def test_the_hooks_are_told_before_and_after(world, web1: ListedVM, host2: ManagedNode, migrate) -> None:
    migrate(web1)
    told = [(request.capability, request.arguments) for request in world.before]
    assert told == [(Capability.MIGRATE_LIVE, {"destination": host2.id})]
    assert [outcome.status for _, outcome in world.after] == ["done"]


def test_both_servers_hold_it_meanwhile(app: Application, world, web1: ListedVM, host2: ManagedNode, migrate) -> None:
    world["host1"].hang["migrate"] = threading.Event()
    thread = threading.Thread(target=migrate, args=(web1,))
    thread.start()
    while "migrate" not in world["host1"].asked:
        time.sleep(0.01)
    held = app.tasks.list(running_only=True)[0].vms
    world["host1"].hang["migrate"].set()
    thread.join()
    assert set(held) == {web1.ref, VMRef(host2.id, web1.ref.key)}


def test_how_far_it_is_stands_in_the_task(app: Application, world, web1: ListedVM, migrate) -> None:
    world["host1"].migration_steps = [
        MigrationProgress(
            memory_total_bytes=100 << 20, memory_remaining_bytes=70 << 20, memory_bytes_per_second=5 << 20
        )
    ]
    migrate(web1)
    task = app.tasks.list()[0]
    assert (task.message, task.progress) == ("moves web1: 70 MiB of memory left at 5 MiB/s", pytest.approx(0.3))


def test_the_downtime_that_is_shown_meanwhile_is_named_as_expected(app: Application, world, web1, migrate) -> None:
    world["host1"].migration_steps = [
        MigrationProgress(memory_total_bytes=9, memory_remaining_bytes=5, expected_downtime_milliseconds=300)
    ]
    migrate(web1)
    assert app.tasks.list()[0].message.endswith(", expected downtime 300 ms")


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_one_that_fails_says_that_the_vm_is_where_it_was(app, world, web1: ListedVM, migrate) -> None:
    world["host1"].errors["migrate"] = [OperationFailed("The line is bad.")]
    with pytest.raises(OperationFailed, match=r"The line is bad\. web1 is on host1 as before\."):
        migrate(web1)
    assert where(world, web1.ref.key) == ["host1"]
    assert app.tasks.list()[0].state is TaskState.FAILED


def test_one_that_is_cancelled_leaves_the_vm_where_it_was(app, world, web1: ListedVM, migrate) -> None:
    def cancel() -> None:
        app.tasks.cancel(app.tasks.list(running_only=True)[0].id)

    class Step(MigrationProgress):
        @property
        def fraction(self) -> float | None:
            cancel()
            return 0.3

    world["host1"].migration_steps = [Step()]
    with pytest.raises(Cancelled, match="web1 is on host1 as before"):
        migrate(web1)
    assert app.tasks.list()[0].state is TaskState.CANCELLED


def test_one_past_its_deadline_is_given_up(world, web1: ListedVM, migrate) -> None:
    world["host1"].migration_steps = [MigrationProgress(memory_total_bytes=2, memory_remaining_bytes=1)]
    with pytest.raises(NotDone, match="web1 was not there within"):
        migrate(web1, deadline_seconds=0.0)


def test_a_definition_past_its_deadline_stays_too(world, db1: ListedVM, migrate) -> None:
    with pytest.raises(NotDone, match="db1 was not there within") as raised:
        migrate(db1, deadline_seconds=0.0)
    assert raised.value.remedy == "Give it more time with --deadline."
    assert where(world, db1.ref.key) == ["host1"]


def test_a_lost_answer_of_one_that_arrived_is_a_success(world, web1: ListedVM, migrate) -> None:
    world["host1"].errors["migrated"] = [OutcomeUnknown("The connection broke.")]
    migrate(web1)
    assert where(world, web1.ref.key) == ["host2"]


def test_what_is_not_decided_is_settled_by_a_later_command(
    app: Application, world, web1: ListedVM, migrate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convirt_core.services.migration.moving._SETTLE_SECONDS", 0.0)
    monkeypatch.setattr("convirt_core.services.removers._SETTLE_SECONDS", 0.0)
    monkeypatch.setattr("convirt_core.services.tasks.tasks.PATIENCE_SECONDS", 0.0, raising=False)
    world["host1"].on_their_way = world["host2"].on_their_way = {web1.ref.key}
    world["host1"].errors["migrated"] = [OutcomeUnknown("The connection broke.")]
    with pytest.raises(OutcomeUnknown, match="Where web1 is now is not decided"):
        migrate(web1)

    world["host2"].on_their_way = set()
    app.recover()

    assert app.store.vms.all()[0].ref.server == app.grid.find_server("host2").id
    assert not app.store.has_open_tasks()


def test_a_definition_that_did_not_leave_the_source_goes_from_the_destination(world, db1: ListedVM, migrate) -> None:
    world["host1"].errors["remove"] = [OperationFailed("It is locked.")]
    with pytest.raises(OperationFailed, match="It is locked"):
        migrate(db1)
    assert where(world, db1.ref.key) == ["host1"]


def test_a_destination_that_has_its_identity_is_refused_even_by_force(
    world, web1: ListedVM, host2: ManagedNode, app: Application
) -> None:
    world["host2"].machines[web1.ref.key] = world["host1"].machines[web1.ref.key]
    plan = app.migrations.plan(web1, host2)
    assert "key-taken" in {finding.code for finding in plan.findings}
    with pytest.raises(Exception, match="has a VM with the UUID of web1 already"):
        app.migrations.migrate(plan, force=True)


def test_a_platform_that_cannot_refuses_before_anything_begins(app: Application, world, host1, host2, add_vm) -> None:
    world["host1"].capabilities -= {Capability.MIGRATE_LIVE}
    add_vm("old", state=VMState.RUNNING)
    plan = app.migrations.plan(app.vms.find("old"), host2)
    with pytest.raises(NotSupported):
        app.migrations.migrate(plan, force=True)
    assert "migrate" not in world["host1"].asked


def test_an_extension_can_refuse(world, web1: ListedVM, migrate) -> None:
    def mind(request: MigrationRequest) -> Sequence[Finding]:
        return [Finding("no-way", "Policy", Severity.ERROR, f"{request.vm_name} stays.")]

    world.minds_migration = mind
    with pytest.raises(ChecksFailed, match=r"web1 stays\."):
        migrate(web1)


def test_an_extension_knows_which_storage_is_shared(app, world, db1: ListedVM, host2, tmp_path: Path) -> None:
    asked: list[MigrationRequest] = []
    world.minds_migration = lambda request: asked.append(request) or []
    disk = tmp_path / "disk"
    disk.touch()
    world["host1"].machines[db1.ref.key].disks = [Disk("vda", str(disk), format="raw")]
    plan = app.migrations.plan(db1, host2)
    assert [request.options.shared_storage for request in asked] == [True]
    assert asked == [plan.request]


# -- where it is -------------------------------------------------------------------------------------------------------


def sight(state: VMState | None, *, moving: bool = False) -> Sight:
    if state is VMState.UNKNOWN:
        return Sight(error=ServerUnavailable("It does not answer."))
    if state is None:
        return Sight()
    return Sight(VM("key", "web1", state, frozenset()), moving)


RUNNING, PAUSED, STOPPED, UNKNOWN = VMState.RUNNING, VMState.PAUSED, VMState.STOPPED, VMState.UNKNOWN


@pytest.mark.parametrize(
    ("here", "there", "place"),
    [
        (RUNNING, None, Place.SOURCE),
        (RUNNING, PAUSED, Place.SOURCE),
        (RUNNING, UNKNOWN, Place.SOURCE),
        (None, RUNNING, Place.DESTINATION),
        (None, PAUSED, Place.DESTINATION),
        (STOPPED, RUNNING, Place.DESTINATION),
        (PAUSED, RUNNING, Place.DESTINATION),
        (STOPPED, PAUSED, Place.UNDECIDED),
        (PAUSED, PAUSED, Place.UNDECIDED),
        (PAUSED, None, Place.SOURCE),
        (PAUSED, UNKNOWN, Place.UNDECIDED),
        (UNKNOWN, RUNNING, Place.UNDECIDED),
        (UNKNOWN, None, Place.UNDECIDED),
        (STOPPED, None, Place.SOURCE),
        (None, STOPPED, Place.DESTINATION),
        (None, UNKNOWN, Place.UNDECIDED),
    ],
)
def test_where_a_vm_is_that_moved_while_it_ran(here, there, place: Place) -> None:
    assert place_of_running(sight(here), sight(there)) is place


@pytest.mark.parametrize("here_moves", [True, False])
def test_one_on_its_way_is_nowhere_yet(here_moves: bool) -> None:
    here, there = sight(RUNNING, moving=here_moves), sight(PAUSED, moving=not here_moves)
    assert place_of_running(here, there) is Place.UNDECIDED


@pytest.mark.parametrize(
    ("here", "there", "place"),
    [
        (STOPPED, None, Place.SOURCE),
        (STOPPED, STOPPED, Place.SOURCE),
        (STOPPED, UNKNOWN, Place.SOURCE),
        (None, STOPPED, Place.DESTINATION),
        (UNKNOWN, STOPPED, Place.UNDECIDED),
        (None, UNKNOWN, Place.UNDECIDED),
    ],
)
def test_where_a_vm_is_whose_definition_moved(here, there, place: Place) -> None:
    assert place_of_stopped(sight(here), sight(there)) is place


def test_a_vm_that_two_servers_hold_is_meant_where_it_runs(app: Application, world, web1: ListedVM) -> None:
    key = web1.ref.key
    world["host2"].machines[key] = evolve(world["host1"].machines[key], state=PAUSED)
    assert app.vms.find("web1").server.name == "host1"


# -- all of a server ---------------------------------------------------------------------------------------------------


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


# -- moved by somebody else --------------------------------------------------------------------------------------------


def test_a_known_key_on_another_server_is_adopted_when_it_is_gone_from_the_first(
    app: Application, world, web1: ListedVM, host2: ManagedNode
) -> None:
    world["host2"].machines[web1.ref.key] = world["host1"].machines.pop(web1.ref.key)
    list(app.vms.list())
    assert [record.ref.server for record in app.store.vms.all()] == [host2.id]


def test_a_known_key_on_two_servers_is_reported(app: Application, world, web1: ListedVM, caplog) -> None:
    world["host2"].machines[web1.ref.key] = world["host1"].machines[web1.ref.key]
    list(app.vms.list())
    assert "web1 is known from host1, which has not let it go: it is on host2 as well." in caplog.text
    assert app.store.vms.all()[0].ref == web1.ref


def test_a_known_key_stays_where_it_was_while_its_server_is_silent(app: Application, world, web1: ListedVM) -> None:
    world["host2"].machines[web1.ref.key] = world["host1"].machines.pop(web1.ref.key)
    world["host1"].errors["vms"] = [ServerUnavailable("It does not answer.")]
    list(app.vms.list())
    assert app.store.vms.all()[0].ref == web1.ref


def test_no_force_is_offered_where_it_changes_nothing(app: Application, web1: ListedVM, host2: ManagedNode) -> None:
    plan = app.migrations.plan(web1, host2, MigrationOptions(live=False))
    with pytest.raises(ChecksFailed, match=r"web1 is running") as refused:
        plan.refuse(force=False)
    assert "--force" not in refused.value.remedy
    with pytest.raises(WrongState):
        app.migrations.migrate(plan, force=True)
