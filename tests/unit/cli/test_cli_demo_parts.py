"""What keeps the demonstration from leaving anything, without a VM."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from convirt_cli import progress
from convirt_cli.demo.interruption import Interruption
from convirt_cli.demo.undo import Undo
from convirt_core.errors import NotFound, OperationFailed, StoreError

MINE = SimpleNamespace(id="ab", owner=f"{os.getpid()}@here", message="copies", progress=None)


class BusyAtFirst:
    """Tasks of which one runs; the first look at them fails."""

    def __init__(self) -> None:
        self.looks = 0
        self.seen = threading.Event()
        self.cancelled = threading.Event()

    def list(self, *, running_only: bool) -> list[Any]:
        self.looks += 1
        if self.looks == 1:
            raise StoreError("The inventory is busy.")
        self.seen.set()
        return [MINE]

    def cancel(self, task_id: str) -> None:
        self.cancelled.set()


def test_a_store_that_is_busy_does_not_keep_a_task_from_being_cancelled() -> None:
    interruption, tasks = Interruption(), BusyAtFirst()
    with interruption.noted(), interruption.cancelling(lambda: tasks):  # type: ignore[arg-type,return-value]
        os.kill(os.getpid(), signal.SIGTERM)
        assert tasks.cancelled.wait(5)


def test_progress_goes_on_when_the_store_was_busy(capsys: pytest.CaptureFixture[str]) -> None:
    tasks = BusyAtFirst()
    with progress.showing_progress(SimpleNamespace(app=SimpleNamespace(tasks=tasks))):  # type: ignore[arg-type]
        tasks.seen.wait(5)
        time.sleep(0.05)  # it is shown after the look
    assert capsys.readouterr().err == "… copies\n"


def test_whatever_fails_the_rest_is_undone_and_all_failures_are_told() -> None:
    done: list[str] = []
    undo = Undo()

    def fails(error: Exception) -> None:
        raise error

    undo.add(lambda: done.append("first made"))
    undo.add(lambda: fails(NotFound("It has gone.")))
    undo.add(lambda: fails(PermissionError(13, "Permission denied")))
    with pytest.raises(OperationFailed, match=r"PermissionError: .*Permission denied\. It has gone\."):
        undo.run()
    assert done == ["first made"]
