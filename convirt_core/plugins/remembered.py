"""Remember what discovery found, until something is installed or removed."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from attrs import asdict

from convirt_core.plugins.candidates import Candidate
from convirt_core.plugins.json_file import JsonFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

FORMAT = 1
_SETTLED_SECONDS = 2.0
"""A folder that changed later than this before we looked may change again within its clock's resolution."""


def discover_from_metadata() -> Sequence[Candidate]:
    """Search all distributions. Imports importlib_metadata and packaging, which a remembered answer does not."""
    from convirt_core.plugins.discovery import discover  # noqa: PLC0415  60 ms, for the first run only

    return discover()


class RememberedDiscovery:
    """Discovery with a file to remember it in.

    The answer depends on what is installed, and an installer cannot change that without changing the folder
    on `sys.path` that it installs to. So the answer holds as long as `sys.path`, the times of its folders and
    the interpreter are the same.
    """

    def __init__(self, path: Path, find: Callable[[], Sequence[Candidate]] = discover_from_metadata) -> None:
        self._file = JsonFile(path)
        self._find = find

    def __call__(self) -> Sequence[Candidate]:
        """Return all candidates."""
        before = _installation()
        remembered = self._file.read()
        if remembered.get("installation") == before:
            candidates = _candidates(remembered.get("plugins"))
            if candidates is not None:
                return candidates
        found = self._find()
        if _is_settled(before):
            self._file.write({"installation": before, "plugins": [asdict(each) for each in found]})
        return found


def _installation() -> dict[str, object]:
    return {
        "format": FORMAT,
        "python": sys.version,
        "path": [[folder, _modified_ns(folder)] for folder in map(os.path.abspath, sys.path)],
    }


def _modified_ns(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116  a few for each start; Path costs more
    except OSError:
        return 0


def _is_settled(installation: dict[str, object]) -> bool:
    times = [modified_ns for _, modified_ns in installation["path"]]  # type: ignore[attr-defined]
    return max(times, default=0) < time.time_ns() - _SETTLED_SECONDS * 1e9


def _candidates(value: object) -> list[Candidate] | None:
    try:
        return [Candidate(**each) for each in value]  # type: ignore[attr-defined]
    except TypeError:  # not ours, or damaged
        return None
