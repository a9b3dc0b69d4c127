"""What becomes of the tasks of a process that is no more."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from labs.tasks import DISK, RECORD, VM, fail, only, tasks_of

from convirt_core.errors import Cancelled, OperationFailed, ServerUnavailable
from convirt_core.model import Remain, Task, TaskState
from convirt_core.services.tasks import TaskHandle, Tasks, recovery
from convirt_core.store import Store

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


@pytest.mark.usefixtures("killed")
@pytest.mark.parametrize(("seconds", "titles"), [(0.3, ["Make it"]), (0.0, [])], ids=["slow", "quick"])
def test_remains_that_take_long_to_remove_are_told_of(
    tasks: Tasks, monkeypatch: pytest.MonkeyPatch, seconds: float, titles: list[str]
) -> None:
    told: list[Task] = []
    monkeypatch.setattr(recovery, "SLOW_SECONDS", 0.15)
    tasks.on_remain("file", lambda _: time.sleep(seconds))
    tasks.recover(told.append)
    time.sleep(0.15)
    assert [(task.title, task.remains) for task in told] == [(title, (DISK,)) for title in titles]


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
