"""What a task had made when it ended otherwise than well."""

import time
from pathlib import Path
from typing import Any, NoReturn

import pytest
from labs.tasks import DISK, RECORD, only, wait_to_be_cancelled, wait_until_remembered

from convirt_core.app import Application
from convirt_core.errors import OperationFailed, ServerUnavailable
from convirt_core.model import ManagedNode, Remain, Task, TaskState
from convirt_core.services.tasks import TaskHandle, Tasks
from convirt_core.settings import Settings
from convirt_core.store import Store


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


def test_closing_cancels_what_runs_and_clears_up(tasks: Tasks, removed: list[Remain]) -> None:
    def work(handle: TaskHandle) -> str:
        handle.remember(DISK)
        return wait_to_be_cancelled(handle)

    task = tasks.start("Wait", "wait", work)
    wait_until_remembered(tasks, task)
    tasks.close()
    assert tasks.get(task.id).state is TaskState.CANCELLED
    assert removed == [DISK]


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
