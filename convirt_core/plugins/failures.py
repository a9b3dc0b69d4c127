"""What became of each plugin when it was last used or checked: `plugin list` shows it without an import."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from convirt_core.json_file import JsonFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from convirt_core.plugins.candidates import Candidate
    from convirt_core.plugins.faults import PluginFault


class Result(NamedTuple):
    """The last thing known of one version of a plugin.

    :param reason: what it did wrong; empty: it was checked and is well
    :param stage: where that was seen, see `PluginFault`
    :param checked_at: UTC, seconds since the epoch
    """

    version: str
    reason: str
    stage: str
    checked_at: float


class FailureLog:
    """The results, in a file. Any thread.

    Kept for distribution and version: another version begins with a clean record. Two processes that write at
    the same moment may lose one of the two results, which the next check finds again.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._file = JsonFile(path)
        self._clock = clock
        self._lock = threading.Lock()

    def last(self, candidate: Candidate) -> Result | None:
        """Return what is known of exactly this version."""
        return _result(self._file.read().get(_key(candidate)), candidate.version)

    def record_fault(self, fault: PluginFault, candidate: Candidate) -> bool:
        """Note a failure; whether it is news."""
        known = self.last(candidate)
        if known is not None and (known.reason, known.stage) == (fault.reason, fault.stage):
            return False
        self.record(candidate, fault.reason, fault.stage)
        return True

    def record_loaded(self, candidate: Candidate) -> None:
        """Note that it can be loaded, if it could not before. What else is known stays."""
        known = self.last(candidate)
        if known is not None and known.stage == "load":
            self._change(candidate, None)

    def record(self, candidate: Candidate, reason: str, stage: str) -> None:
        """Note the result of a check; no reason: the plugin is well."""
        self._change(candidate, Result(candidate.version, reason, stage, self._clock()))

    def _change(self, candidate: Candidate, result: Result | None) -> None:
        with self._lock:
            known = self._file.read()
            known.pop(_key(candidate), None)
            self._file.write(known if result is None else {**known, _key(candidate): result._asdict()})


def _key(candidate: Candidate) -> str:
    return f"{candidate.id} of {candidate.distribution}"


def _result(value: object, version: str) -> Result | None:
    match value:
        case {"version": str(known), "reason": str(reason), "stage": str(stage), "checked_at": float(checked_at)}:
            return Result(known, reason, stage, checked_at) if known == version else None
    return None
