"""Tasks: how they run, end, are cancelled, and clear up after themselves and others."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from convirt_core.app import Application
from convirt_core.errors import Ambiguous, Busy, Cancelled, NotFound, OperationFailed, ServerUnavailable, WrongState
from convirt_core.model import ManagedNode, Remain, Task, TaskState, VMRef
from convirt_core.services.tasks import TaskHandle, Tasks
from convirt_core.settings import Settings
from convirt_core.store import Store

VM = VMRef("s1", "k1")
DISK, RECORD = Remain("file", "s1", "/disk"), Remain("record", "s1", "k1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "inventory.sqlite") as store:
        store.servers.add(ManagedNode("s1", "host1", "toy"))
        yield store


@pytest.fixture
def removed() -> list[Remain]:
    return []


def tasks_of(store: Store, removed: list[Remain]) -> Tasks:
    tasks = Tasks(store)
    tasks.on_remain("file", removed.append)
    tasks.on_remain("record", removed.append)
    return tasks


@pytest.fixture
def tasks(store: Store, removed: list[Remain]) -> Iterator[Tasks]:
    tasks = tasks_of(store, removed)
    yield tasks
    tasks.close()


def only(tasks: Tasks) -> Task:
    [task] = tasks.list()
    return task


def fail(_: TaskHandle) -> NoReturn:
    raise OperationFailed("The disk is full.")


def wait_for_state(tasks: Tasks, task: Task, state: TaskState) -> Task:
    deadline = time.monotonic() + 5
    while tasks.get(task.id).state is not state:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return tasks.get(task.id)


def test_a_task_that_ends_well_is_done_with_its_sentence(tasks: Tasks) -> None:
    task = tasks.run("Paint it", "paint", lambda _: "It is blue.", vms=[VM])
    assert (task.state, task.result, task.title) == (TaskState.DONE, "It is blue.", "Paint it")
    assert task.ended_at is not None
    assert tasks.get(task.id) == task


def test_a_task_that_fails_says_why_and_raises_it(tasks: Tasks) -> None:
    with pytest.raises(OperationFailed):
        tasks.run("Paint it", "paint", fail)
    assert (only(tasks).state, only(tasks).error) == (TaskState.FAILED, "The disk is full.")


def test_the_newest_task_is_listed_first(tasks: Tasks) -> None:
    for title in ("first", "second"):
        tasks.run(title, "paint", lambda _: "")
        time.sleep(0.01)
    assert [task.title for task in tasks.list()] == ["second", "first"]


def test_what_a_failed_task_had_made_is_removed_last_first(tasks: Tasks, removed: list[Remain]) -> None:
    def work(handle: TaskHandle) -> str:
        handle.remember(DISK)
        handle.remember(RECORD)
        raise OperationFailed("no")

    with pytest.raises(OperationFailed):
        tasks.run("Make it", "make", work)
    assert removed == [RECORD, DISK]
    assert only(tasks).remains == ()


def test_what_a_done_task_made_stays(tasks: Tasks, removed: list[Remain]) -> None:
    def work(handle: TaskHandle) -> str:
        handle.remember(DISK)
        return "made"

    assert tasks.run("Make it", "make", work).remains == ()
    assert removed == []


def test_what_was_forgotten_is_not_removed(tasks: Tasks, removed: list[Remain]) -> None:
    def work(handle: TaskHandle) -> str:
        handle.remember(DISK)
        handle.forget(DISK)
        raise OperationFailed("no")

    with pytest.raises(OperationFailed):
        tasks.run("Make it", "make", work)
    assert removed == []


def test_what_cannot_be_removed_now_stays_written_down(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convirt_core.services.tasks.tasks.PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr("convirt_core.services.tasks.remains._PAUSE_SECONDS", 0.05)

    def refuse(_: Remain) -> NoReturn:
        raise ServerUnavailable("host1 is down.")

    def work(handle: TaskHandle) -> str:
        handle.remember(DISK)
        raise OperationFailed("no")

    tasks.on_remain("file", refuse)
    with pytest.raises(OperationFailed, match=r"^no$") as caught:
        tasks.run("Make it", "make", work)
    assert caught.value.remedy == "One thing that it made could not be removed yet: the next command does it."
    assert only(tasks).remains == (DISK,)
    assert only(tasks).error == "no The file /disk could not be removed yet: host1 is down."


def test_what_was_made_on_a_server_that_is_back_in_a_moment_is_removed(
    tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convirt_core.services.tasks.remains._PAUSE_SECONDS", 0.01)
    answers = [ServerUnavailable("host1 is down.")] * 3

    def remove(_: Remain) -> None:
        if answers:
            raise answers.pop()

    def work(handle: TaskHandle) -> str:
        handle.remember(DISK)
        raise OperationFailed("no")

    tasks.on_remain("file", remove)
    with pytest.raises(OperationFailed) as caught:
        tasks.run("Make it", "make", work)
    assert (only(tasks).remains, only(tasks).error, caught.value.remedy) == ((), "no", "")


@pytest.mark.parametrize("signal", [KeyboardInterrupt, SystemExit])
def test_a_signal_cancels_the_task_clears_up_and_goes_on(
    tasks: Tasks, removed: list[Remain], signal: type[BaseException]
) -> None:
    def work(handle: TaskHandle) -> str:
        handle.remember(DISK)
        raise signal

    with pytest.raises(signal):
        tasks.run("Make it", "make", work)
    assert (only(tasks).state, only(tasks).error) == (TaskState.CANCELLED, "It was interrupted.")
    assert removed == [DISK]


def test_a_task_interrupted_before_its_end_is_recorded_clears_up(
    tasks: Tasks, store: Store, removed: list[Remain], monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = store.tasks.finish

    def interrupted(task_id: str, state: TaskState, **settings: Any) -> Task:
        if state is TaskState.DONE:
            raise KeyboardInterrupt
        return finish(task_id, state, **settings)

    def work(handle: TaskHandle) -> str:
        handle.remember(DISK)
        return "made"

    monkeypatch.setattr(store.tasks, "finish", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tasks.run("Make it", "make", work)
    assert removed == [DISK]
    assert only(tasks).state is TaskState.CANCELLED


def test_an_interruption_after_the_end_was_recorded_comes_too_late(
    tasks: Tasks, store: Store, removed: list[Remain], monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = store.tasks.finish

    def interrupted(task_id: str, state: TaskState, **settings: Any) -> Task:
        finish(task_id, state, **settings)
        raise KeyboardInterrupt

    def work(handle: TaskHandle) -> str:
        handle.remember(DISK)
        return "made"

    monkeypatch.setattr(store.tasks, "finish", interrupted)
    assert tasks.run("Make it", "make", work).result == "made"
    assert removed == []


def test_a_vm_is_held_until_its_task_ends(tasks: Tasks) -> None:
    def work(handle: TaskHandle) -> str:
        with pytest.raises(Busy, match=f"task {handle.id}, “Paint it”"):
            tasks.run("Break it", "break", lambda _: "", vms=[VM])
        return ""

    tasks.run("Paint it", "paint", work, vms=[VM])
    tasks.run("Break it", "break", lambda _: "", vms=[VM])


def test_a_vm_that_is_held_leaves_no_task_behind(tasks: Tasks) -> None:
    def work(_: TaskHandle) -> str:
        with pytest.raises(Busy):
            tasks.run("Break it", "break", lambda _: "", vms=[VM])
        return ""

    tasks.run("Paint it", "paint", work, vms=[VM])
    assert only(tasks).title == "Paint it"


def test_a_started_task_runs_in_a_thread_of_its_own(tasks: Tasks) -> None:
    gate = threading.Event()
    task = tasks.start("Wait", "wait", lambda _: str(gate.wait(5)))
    assert task.state is TaskState.RUNNING
    assert [each.id for each in tasks.list(running_only=True)] == [task.id]
    gate.set()
    assert wait_for_state(tasks, task, TaskState.DONE).result == "True"


def wait_to_be_cancelled(handle: TaskHandle) -> str:
    while True:
        handle.check_cancelled()
        time.sleep(0.005)


def test_cancelling_stops_a_task_of_this_process_at_once(tasks: Tasks) -> None:
    task = tasks.start("Wait", "wait", wait_to_be_cancelled)
    assert tasks.cancel(task.id).cancel_requested
    wait_for_state(tasks, task, TaskState.CANCELLED)


def test_cancelling_reaches_a_task_of_another_application(tasks: Tasks, store: Store) -> None:
    task = tasks.start("Wait", "wait", wait_to_be_cancelled)
    tasks_of(store, []).cancel(task.id)
    wait_for_state(tasks, task, TaskState.CANCELLED)


def test_progress_raises_when_cancelled(tasks: Tasks) -> None:
    def work(handle: TaskHandle) -> str:
        handle.progress(0.5, "half")
        tasks.cancel(handle.id)
        handle.progress(0.6, "more")
        return "not reached"

    with pytest.raises(Cancelled):
        tasks.run("Wait", "wait", work)


def test_a_task_that_is_over_cannot_be_cancelled(tasks: Tasks) -> None:
    task = tasks.run("Paint it", "paint", lambda _: "")
    with pytest.raises(WrongState, match="done already"):
        tasks.cancel(task.id)


def test_progress_is_seen_by_others(tasks: Tasks, store: Store) -> None:
    def work(handle: TaskHandle) -> str:
        handle.progress(0.5, "half")
        seen = tasks_of(store, []).get(handle.id)
        return f"{seen.progress} {seen.message}"

    assert tasks.run("Paint it", "paint", work).result == "0.5 half"


def test_a_stage_told_often_is_written_seldom(tasks: Tasks, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[object] = []
    beat = store.tasks.heartbeat
    monkeypatch.setattr(store.tasks, "heartbeat", lambda *told: (beats.append(told), beat(*told))[1])

    def work(handle: TaskHandle) -> str:
        for number in range(1000):
            handle.progress(number / 1000, "copies")
        return ""

    tasks.run("Copy", "copy", work)
    assert len(beats) < 20


def test_watching_shows_a_task_to_its_end(tasks: Tasks) -> None:
    gate = threading.Event()
    task = tasks.start("Wait", "wait", lambda _: str(gate.wait(5)))
    states = []
    for seen in tasks.watch(task.id, poll_seconds=0.01):
        states.append(seen.state)
        gate.set()
    assert states == [TaskState.RUNNING, TaskState.DONE]


def test_a_task_is_found_by_the_beginning_of_its_id(tasks: Tasks) -> None:
    task = tasks.run("Paint it", "paint", lambda _: "")
    assert tasks.get(task.id[:5]) == task
    with pytest.raises(NotFound):
        tasks.get("nosuch")


def test_an_ambiguous_id_lists_the_tasks(tasks: Tasks, store: Store) -> None:
    for number in range(2):
        store.tasks.add(Task(f"ab{number}", "paint", "", TaskState.RUNNING, "1@elsewhere", 0.0, time.time() + 60))
    with pytest.raises(Ambiguous, match="ab0, ab1"):
        tasks.get("ab")


def test_the_lease_is_renewed_while_the_task_runs(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks._heart, "_beat_seconds", 0.01)

    def work(handle: TaskHandle) -> str:
        before = tasks.get(handle.id).lease_until
        deadline = time.monotonic() + 5
        while tasks.get(handle.id).lease_until == before:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        return ""

    tasks.run("Wait", "wait", work)


def test_no_thread_beats_when_no_task_runs(tasks: Tasks) -> None:
    tasks.run("Paint it", "paint", lambda _: "")
    deadline = time.monotonic() + 5
    while any(thread.name == "convirt-tasks" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_closing_cancels_what_runs_and_clears_up(tasks: Tasks, removed: list[Remain]) -> None:
    def work(handle: TaskHandle) -> str:
        handle.remember(DISK)
        return wait_to_be_cancelled(handle)

    task = tasks.start("Wait", "wait", work)
    wait_until_remembered(tasks, task)
    tasks.close()
    assert tasks.get(task.id).state is TaskState.CANCELLED
    assert removed == [DISK]


def wait_until_remembered(tasks: Tasks, task: Task) -> None:
    while not tasks.get(task.id).remains:
        time.sleep(0.005)


# after a killed process
KILLED = """
import os, sys, time
from pathlib import Path
from convirt_core.model import Remain, VMRef
from convirt_core.services.tasks import Tasks
from convirt_core.store import Store

def work(handle):
    handle.remember(Remain("file", "s1", "/disk"))
    print("ready", flush=True)
    time.sleep(60)

Tasks(Store.open(Path(sys.argv[1]))).run("Make it", "make", work, vms=[VMRef("s1", "k1")])
"""


@pytest.fixture
def killed(store: Store, tmp_path: Path) -> None:
    """A process that was killed in the middle of a task."""
    command = [sys.executable, "-c", KILLED, str(tmp_path / "inventory.sqlite")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.kill()


@pytest.mark.usefixtures("killed")
def test_the_task_of_a_killed_process_is_interrupted_and_its_remains_removed(
    tasks: Tasks, removed: list[Remain]
) -> None:
    [interrupted] = tasks.recover()
    assert (interrupted.title, interrupted.state) == ("Make it", TaskState.INTERRUPTED)
    assert removed == [DISK]
    assert tasks.recover() == []


@pytest.mark.usefixtures("killed")
def test_a_killed_process_does_not_hold_its_vm(tasks: Tasks) -> None:
    assert tasks.run("Paint it", "paint", lambda _: "ok", vms=[VM]).result == "ok"


@pytest.mark.usefixtures("killed")
def test_clearing_up_is_a_task_of_its_own(tasks: Tasks) -> None:
    tasks.recover()
    assert [(task.kind, task.state) for task in tasks.list()] == [
        ("clean-up", TaskState.DONE),
        ("make", TaskState.INTERRUPTED),
    ]


@pytest.mark.usefixtures("killed")
def test_what_could_not_be_removed_is_tried_again_later_and_not_by_every_command(
    store: Store, removed: list[Remain]
) -> None:
    now = [time.time()]
    tasks = Tasks(store, clock=lambda: now[0])

    def refuse(_: Remain) -> NoReturn:
        raise ServerUnavailable("host1 is down.")

    tasks.on_remain("file", refuse)
    tasks.recover()
    assert tasks.recover() == []
    assert [task.state for task in tasks.list() if task.remains] == [TaskState.FAILED]
    tasks.on_remain("file", removed.append)
    now[0] += 61
    tasks.recover()
    assert removed == [DISK]


def test_with_nothing_to_recover_it_is_cheap(tasks: Tasks, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    original: Callable[..., object] = store._database._peewee.execute_sql
    monkeypatch.setattr(
        store._database._peewee, "execute_sql", lambda sql, *more: (asked.append(sql), original(sql, *more))[1]
    )
    assert tasks.recover() == []
    assert len(asked) == 2


def test_a_task_taken_for_dead_stops_at_its_next_look(tasks: Tasks, store: Store, removed: list[Remain]) -> None:
    """Its machine slept longer than its lease, and another process has cleared up."""

    def work(handle: TaskHandle) -> str:
        handle.remember(DISK)
        store.tasks.interrupt(handle.id, time.time() + 3600)
        handle.beat()
        handle.check_cancelled()
        return "not reached"

    with pytest.raises(Cancelled):
        tasks.run("Make it", "make", work)
    assert only(tasks).state is TaskState.INTERRUPTED


def test_an_old_task_is_forgotten_when_another_begins(tasks: Tasks, store: Store) -> None:
    old = Task("old", "paint", "", TaskState.RUNNING, f"{os.getpid()}@x", 0.0, time.time() + 60)
    store.tasks.add(old)
    store.tasks.finish("old", TaskState.DONE, ended_at=time.time() - 31 * 86400)
    tasks.run("Paint it", "paint", lambda _: "")
    assert only(tasks).title == "Paint it"


def test_two_tasks_that_left_something_behind_long_ago_are_both_cleaned_up(store: Store, removed: list[Remain]) -> None:
    """The first is forgotten as soon as it has left nothing, while the second is cleaned up."""
    long_ago = Tasks(store, clock=lambda: time.time() - 40 * 86400)
    for remain in (DISK, RECORD):

        def leave(handle: TaskHandle, remain: Remain = remain) -> NoReturn:
            handle.remember(remain)
            fail(handle)

        with pytest.raises(OperationFailed):
            long_ago.run("Make it", "make", leave)
    tasks_of(store, removed).recover()
    assert removed == [DISK, RECORD]


def test_closing_the_application_undoes_what_its_background_tasks_made(
    app: Application, settings: Settings, host1: ManagedNode, tmp_path: Path
) -> None:
    made = tmp_path / "half.qcow2"

    def make(handle: TaskHandle) -> str:
        handle.remember(Remain("file", host1.id, str(made)))
        made.touch()
        while True:
            handle.check_cancelled()
            time.sleep(0.01)

    app.tasks.start("Make it", "make", make)
    while not made.exists():
        time.sleep(0.01)
    app.close()
    assert not made.exists()
    with Store.open(settings.store_file) as store:
        assert store.tasks.left_over() == []
