"""Check plugins, each in a process of its own: whatever one does on import, it does it there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING, Self

from attrs import frozen

from convirt_core.errors import OperationFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from convirt_core.plugins.candidates import Candidate
    from convirt_core.plugins.deadlines import Deadlines

AT_ONCE = 4
"""Processes that run at the same time; each takes some 40 MB."""


@frozen
class CheckResult:
    """What a check found.

    :param reason: what the plugin did wrong, a sentence without its subject; empty: it is well
    :param stage: where, see `PluginFault`
    """

    candidate: Candidate
    reason: str
    stage: str


def check_each(
    candidates: Sequence[Candidate],
    settings_for: Callable[[Candidate], Mapping[str, object]],
    deadlines: Deadlines,
) -> Iterator[CheckResult]:
    """Check plugins, some at a time. Whatever ends this early ends the processes too.

    :raises OperationFailed: if a process cannot be started, or there is no room for its messages
    """
    for start in range(0, len(candidates), AT_ONCE):
        batch = {each: dict(settings_for(each)) for each in candidates[start : start + AT_ONCE]}
        try:
            yield from _check_together(batch, deadlines)
        except OSError as error:
            raise OperationFailed(f"Plugins cannot be checked: {error}.") from error


def _check_together(batch: Mapping[Candidate, Mapping[str, object]], deadlines: Deadlines) -> list[CheckResult]:
    with ExitStack() as stack:
        processes = [
            stack.enter_context(_CheckProcess(candidate, settings, deadlines)) for candidate, settings in batch.items()
        ]
        return [process.result() for process in processes]


class _CheckProcess:
    """One check. It talks through files: a pipe could be held open by a process that the plugin has started."""

    def __init__(self, candidate: Candidate, settings: Mapping[str, object], deadlines: Deadlines) -> None:
        self._candidate = candidate
        self._deadline = time.monotonic() + deadlines.check_seconds
        self._seconds = deadlines.check_seconds
        self._files = ExitStack()
        request, self._answer, self._messages = (self._file() for _ in range(3))
        order = {"candidate": candidate._asdict(), "settings": settings, "deadlines": deadlines._asdict()}
        request.write(json.dumps(order, default=str).encode())
        request.seek(0)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "convirt_core.plugins.check"],
            stdin=request,
            stdout=self._answer,
            stderr=self._messages,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()
        self._files.close()

    def result(self) -> CheckResult:
        """Wait for the end of the check."""
        try:
            code = self._process.wait(max(0.0, self._deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return CheckResult(self._candidate, f"took longer than {self._seconds:g} s to be checked", "load")
        return self._read() or CheckResult(self._candidate, f"{_ending(code)}{self._last_words()}", "load")

    def _read(self) -> CheckResult | None:
        try:
            answer = json.loads(_content(self._answer))
        except ValueError:  # it has ended without one
            return None
        return CheckResult(self._candidate, answer["reason"], answer["stage"])

    def _last_words(self) -> str:
        lines = _content(self._messages).decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f": {last[:300]}" if last else ""

    def _file(self) -> IO[bytes]:
        return self._files.enter_context(tempfile.TemporaryFile())

    def _kill(self) -> None:
        """End the process and what it has started."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # nothing of it is left
        finally:
            self._process.wait()


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _ending(code: int) -> str:
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return f"ended the process that checked it ({how})"
