"""What keeps the demonstration from leaving anything, without a VM."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from convirt_cli import progress
from convirt_cli.demo import daemons
from convirt_cli.demo.daemons import Daemon
from convirt_cli.demo.interruption import Interruption
from convirt_cli.demo.undo import Undo
from convirt_core.errors import NotFound, OperationFailed, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.fixture
def another() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is none of the daemons; it has its name, which Linux gives it after its first files are closed."""
    with subprocess.Popen(["sleep", "60"]) as process:
        while Path(f"/proc/{process.pid}/comm").read_text() != "sleep\n":
            time.sleep(0.001)
        yield process
        process.kill()


def test_a_daemon_that_did_not_start_is_not_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, another: subprocess.Popen[bytes]
) -> None:
    pid_file = tmp_path / "sleep.pid"
    pid_file.write_text(f"{another.pid}\n")
    missing = Daemon("convirt-no-such-daemon", (), pid_file)
    broken = Daemon("false", (), pid_file)
    monkeypatch.setattr(daemons, "open_to_qemu", lambda say, undo: None)
    monkeypatch.setattr(daemons, "_SYSTEMD", tmp_path / "none")
    for daemon in (missing, broken):
        undo = Undo()
        monkeypatch.setattr(daemons, "DAEMONS", (daemon,))
        with pytest.raises(OperationFailed):
            daemons.start_missing(print, undo)
        undo.run()
    assert another.poll() is None


def test_a_process_that_only_has_a_daemons_old_number_is_not_ended(
    tmp_path: Path, another: subprocess.Popen[bytes]
) -> None:
    pid_file = tmp_path / "libvirtd.pid"
    pid_file.write_text(f"{another.pid}\n")
    daemons._end(Daemon("libvirtd", (), pid_file))
    assert another.poll() is None
    Thread(target=another.wait).start()  # process 1 would collect a daemon
    daemons._end(Daemon("sleep", (), pid_file))
    assert another.wait(5) == -signal.SIGTERM
