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
_MOST = 8
"""Installations that one file remembers: a person has few, and a test that varies the path has many."""
_SETTLED_SECONDS = 2.0
"""A folder that changed later than this before we looked may change again within its clock's resolution."""


def discover_from_metadata() -> Sequence[Candidate]:
    """Search all distributions. Imports importlib_metadata and packaging, which a remembered answer does not."""
    from convirt_core.plugins.discovery import discover  # noqa: PLC0415  60 ms, for the first run only

    return discover()


class RememberedDiscovery:
    """Discovery with a file to remember it in.

    The answer depends on what is installed, and an installer cannot change that without changing the folder
    on `sys.path` that it installs to. So the answer holds as long as the interpreter, `sys.path` and the
    times of its folders are the same. Environments that share the file have an answer each.
    """

    def __init__(self, path: Path, find: Callable[[], Sequence[Candidate]] = discover_from_metadata) -> None:
        self._file = JsonFile(path)
        self._find = find

    def __call__(self) -> Sequence[Candidate]:
        """Return all candidates."""
        environment, times = _environment(), _times()
        remembered = _candidates(self._file.read().get(environment), times)
        if remembered is not None:
            return remembered
        found = self._find()
        if max(times, default=0) < time.time_ns() - _SETTLED_SECONDS * 1e9:
            self._remember(environment, {"times": times, "plugins": [asdict(each) for each in found]})
        return found

    def _remember(self, environment: str, answer: dict[str, object]) -> None:
        others = [(key, value) for key, value in self._file.read().items() if key != environment]
        self._file.write(dict([*others[1 - _MOST :], (environment, answer)]))


def _environment() -> str:
    return "\n".join([f"format {FORMAT}", sys.version, *map(os.path.abspath, sys.path)])


def _times() -> list[int]:
    return [_modified_ns(folder) for folder in sys.path]


def _modified_ns(folder: str) -> int:
    try:
        return os.stat(folder or ".").st_mtime_ns  # noqa: PTH116  a few for each start; Path costs more
    except OSError:
        return 0


def _candidates(answer: object, times: list[int]) -> list[Candidate] | None:
    """Return what an answer holds, if it is one and still true."""
    match answer:
        case {"times": known, "plugins": list(plugins)} if known == times:
            try:
                return [Candidate(**each) for each in plugins]
            except TypeError:  # damaged
                return None
    return None
