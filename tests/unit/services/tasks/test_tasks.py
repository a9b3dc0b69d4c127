"""Tasks: how they run, end, are watched and are cancelled."""

import threading
import time

import pytest
from labs.tasks import VM, fail, only, tasks_of, wait_for_state, wait_to_be_cancelled

from convirt_core.errors import Ambiguous, Busy, Cancelled, NotFound, OperationFailed, OutcomeUnknown, WrongState
from convirt_core.model import Task, TaskState
from convirt_core.services.tasks import TaskHandle, Tasks
from convirt_core.store import Store


def test_a_task_that_ends_well_is_done_with_its_sentence(tasks: Tasks) -> None:
    task = tasks.run("Paint it", "paint", lambda _: "It is blue.", vms=[VM])
    assert (task.state, task.result, task.title) == (TaskState.DONE, "It is blue.", "Paint it")
    assert task.ended_at is not None
    assert tasks.get(task.id) == task


def test_a_task_that_fails_says_why_and_raises_it(tasks: Tasks) -> None:
    with pytest.raises(OperationFailed):
        tasks.run("Paint it", "paint", fail)
    assert (only(tasks).state, only(tasks).error) == (TaskState.FAILED, "The disk is full.")


def test_a_task_whose_server_is_lost_in_the_middle_is_interrupted(tasks: Tasks) -> None:
    def lose(_: TaskHandle) -> str:
        raise OutcomeUnknown("What became of it is not known.")

    with pytest.raises(OutcomeUnknown):
        tasks.run("Paint it", "paint", lose)
    assert (only(tasks).state, only(tasks).error) == (TaskState.INTERRUPTED, "What became of it is not known.")


def test_the_newest_task_is_listed_first(tasks: Tasks) -> None:
    for title in ("first", "second"):
        tasks.run(title, "paint", lambda _: "")
        time.sleep(0.01)
    assert [task.title for task in tasks.list()] == ["second", "first"]


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


def test_cancelling_stops_a_task_of_this_process_at_once(tasks: Tasks) -> None:
    task = tasks.start("Wait", "wait", wait_to_be_cancelled)
    assert tasks.cancel(task.id).cancel_requested
    wait_for_state(tasks, task, TaskState.CANCELLED)


def test_cancelling_reaches_a_task_of_another_application(
    tasks: Tasks, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convirt_core.services.tasks.handle._LOOK_SECONDS", 0.02)
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
