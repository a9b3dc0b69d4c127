"""Moving VMs between toy hypervisors: wherever it stops, the VM is at one server, with its record."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from copy import copy
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
from convirt_core.services.listed import ListedVM

AddVM = Callable[..., str]


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
    app: Application, world, web1: ListedVM, host2, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = app.migrations.plan(web1, host2)
    monkeypatch.setattr("convirt_core.services.migration.moving._SETTLE_SECONDS", 0.0)
    monkeypatch.setattr("convirt_core.services.removers._SETTLE_SECONDS", 0.0)
    monkeypatch.setattr("convirt_core.services.tasks.tasks.PATIENCE_SECONDS", 0.0, raising=False)
    world["host1"].on_their_way = world["host2"].on_their_way = {web1.ref.key}
    world["host1"].errors["migrated"] = [OutcomeUnknown("The connection broke.")]
    with pytest.raises(OutcomeUnknown, match="Where web1 is now is not decided"):
        app.migrations.migrate(plan)

    world["host2"].on_their_way = set()
    app.recover()

    assert app.store.vms.all()[0].ref.server == app.grid.find_server("host2").id
    assert not app.store.has_open_tasks()


@pytest.fixture
def on_its_own(app: Application, world, web1: ListedVM, host2, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a task that has ended, while both servers still hold its VM, which moves."""
    for where in ("migration.moving._SETTLE_SECONDS", "removers._SETTLE_SECONDS", "tasks.tasks.PATIENCE_SECONDS"):
        monkeypatch.setattr(f"convirt_core.services.{where}", 0.0)
    key, plan = web1.ref.key, app.migrations.plan(web1, host2)
    world["host1"].on_their_way = {key}
    world["host1"].errors["migrate"] = [OutcomeUnknown("The connection broke.")]
    with pytest.raises(OutcomeUnknown):
        app.migrations.migrate(plan)
    world["host2"].machines[key] = copy(world["host1"].machines[key])
    world["host2"].machines[key].state = VMState.PAUSED
    return app.tasks.list()[0].id


def test_one_that_goes_on_by_itself_can_be_stopped_by_its_ended_task(app, world, web1, on_its_own: str) -> None:
    app.tasks.cancel(on_its_own)
    assert "stop_migration" in world["host1"].asked
    assert not app.store.has_open_tasks()


def test_one_that_goes_on_by_itself_can_be_stopped_after_a_clean_up_that_came_too_early(app, on_its_own: str) -> None:
    app.recover()
    app.tasks.cancel(on_its_own)
    assert not app.store.has_open_tasks()


@pytest.mark.parametrize("is_cleaned_up", [False, True], ids=["before a clean-up", "after one that came too early"])
def test_one_that_goes_on_by_itself_is_not_stopped_by_another_ended_task_of_its_vm(
    app, world, web1, host2, is_cleaned_up: bool, request: pytest.FixtureRequest
) -> None:
    vms = (web1.ref, VMRef(host2.id, web1.ref.key))
    older = app.tasks.run("Migrate web1 there and back", "migrate", lambda _: "", vms=vms)
    request.getfixturevalue("on_its_own")
    if is_cleaned_up:
        app.recover()
    with pytest.raises(WrongState, match="is done already"):
        app.tasks.cancel(older.id)
    assert "stop_migration" not in world["host1"].asked


def test_one_that_has_ended_by_itself_and_was_settled_cannot_be_stopped(app, world, on_its_own: str) -> None:
    world["host1"].on_their_way = set()
    app.recover()
    with pytest.raises(WrongState, match="is interrupted already"):
        app.tasks.cancel(on_its_own)


def test_a_second_one_is_told_that_the_first_is_under_way_and_not_to_remove_anything(
    app, web1, host2, on_its_own: str
) -> None:
    findings = app.migrations.plan(web1, host2).findings
    assert [finding.code for finding in findings] == ["under-way"]
    assert findings[0].message == f"A migration of web1 is under way: task {on_its_own}."


def test_a_list_says_that_it_is_under_way(app, on_its_own: str, caplog: pytest.LogCaptureFixture) -> None:
    list(app.vms.list())
    assert "A migration of web1 from host1 to host2 is under way, or was cut off" in caplog.text
    assert f"convirt task cancel {on_its_own}" in caplog.text


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


# -- moved by somebody else --------------------------------------------------------------------------------------------


def test_a_vm_that_two_servers_hold_is_meant_where_it_runs(app: Application, world, web1: ListedVM) -> None:
    key = web1.ref.key
    world["host2"].machines[key] = evolve(world["host1"].machines[key], state=VMState.PAUSED)
    assert app.vms.find("web1").server.name == "host1"


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


def test_who_interrupts_it_hears_where_the_vm_is(world, web1: ListedVM, migrate) -> None:
    world["host1"].errors["migrate"] = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt, match=r"^web1 is on host1 as before\.$"):
        migrate(web1)


def test_a_refusal_for_several_reasons_says_what_to_do_about_each(app, web1: ListedVM, host2, add_vm) -> None:
    add_vm("web1", "host2")
    plan = app.migrations.plan(web1, host2, MigrationOptions(live=False))
    with pytest.raises(ChecksFailed) as raised:
        plan.refuse(force=False)
    errors = raised.value.findings
    assert [finding.code for finding in errors] == ["vm-state", "name-taken"]
    assert all(finding.remedy in raised.value.remedy for finding in errors)


def test_a_state_in_which_it_cannot_move_is_told_in_words(app, db1: ListedVM, host2) -> None:
    findings = app.migrations.plan(db1, host2, MigrationOptions(live=True)).findings
    assert findings[0].message.startswith("db1 is stopped; live migration needs it running.")
