"""Remember what discovery found, until something is installed or removed."""

from __future__ import annotations

import os
import sys
from time import time_ns
from typing import TYPE_CHECKING

from convirt_core.json_file import JsonFile
from convirt_core.plugins.candidates import Candidate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

FORMAT = 1
_MOST = 4
"""Environments that one file remembers: a person has few, and a test that varies the path has many."""
_SETTLED_SECONDS = 2.0
"""What changed later than this before we looked may change again within the file system's resolution."""

Installed = list[list[str | int]]
"""What an answer depends on: name and time of the metadata of each distribution, in the order of the path."""


def discover_from_metadata() -> Sequence[Candidate]:
    """Search all distributions. Imports importlib_metadata and packaging, which a remembered answer does not."""
    from convirt_core.plugins.discovery import discover  # noqa: PLC0415  60 ms, for the first run only

    return discover()


class RememberedDiscovery:
    """Discovery with a file to remember it in.

    The answer depends on the distributions that are installed and on their entry points. Looking whether these
    are the same costs a quarter of reading them, and needs no library. Environments that share the file have an
    answer each.
    """

    def __init__(self, path: Path, find: Callable[[], Sequence[Candidate]] = discover_from_metadata) -> None:
        self._file = JsonFile(path)
        self._find = find

    def __call__(self) -> Sequence[Candidate]:
        """Return all candidates."""
        environment, installed = _environment(), _installed()
        remembered = _candidates(self._file.read().get(environment), installed)
        if remembered is not None:
            return remembered
        found = self._find()
        newest = max((modified_ns for _, modified_ns in installed), default=0)
        if int(newest) < time_ns() - _SETTLED_SECONDS * 1e9:
            self._remember(environment, {"installed": installed, "plugins": [each._asdict() for each in found]})
        return found

    def _remember(self, environment: str, answer: dict[str, object]) -> None:
        others = [(key, value) for key, value in self._file.read().items() if key != environment]
        self._file.write(dict([*others[1 - _MOST :], (environment, answer)]))


def _environment() -> str:
    return "\n".join([f"format {FORMAT}", sys.version, *map(os.path.abspath, sys.path)])


def _installed() -> Installed:
    return [distribution for folder in sys.path for distribution in _installed_in(folder)]


def _installed_in(folder: str) -> Installed:
    try:
        with os.scandir(folder or ".") as entries:
            found = [(each.name, each.path) for each in entries if each.name.lower().endswith(_METADATA)]
    except OSError:  # an archive, which has its own time, or nothing
        return [[folder, _modified_ns(folder)]]
    return [[name, _modified_ns(f"{path}/entry_points.txt")] for name, path in sorted(found)]


_METADATA = (".dist-info", ".egg-info")
"""How the folders end that importlib_metadata looks for."""


def _modified_ns(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116  one for each distribution; Path costs more
    except OSError:
        return 0


def _candidates(answer: object, installed: Installed) -> list[Candidate] | None:
    """Return what an answer holds, if it is one and still true."""
    match answer:
        case {"installed": known, "plugins": list(plugins)} if known == installed:
            try:
                return [Candidate(**each) for each in plugins]
            except TypeError:  # damaged
                return None
    return None
