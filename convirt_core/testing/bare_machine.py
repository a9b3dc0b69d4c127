"""A machine on which there is nothing: what a platform must not take for its own."""

# ruff: noqa: ARG002  the parameters are those of a proxy

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

from convirt_core.errors import NotFound
from convirt_core.platforms import CommandResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.platforms import FileEntry

_COMMANDS = MappingProxyType({"uname -m": b"x86_64\n", "id -u": b"1000\n"})
_FILES = MappingProxyType({"/proc/meminfo": b"MemTotal: 1048576 kB\nMemAvailable: 524288 kB\n"})


class BareMachine:
    """A `NodeProxy` of a server that has nothing but what the kernel says of it."""

    def run(self, argv: Sequence[str], **_: object) -> CommandResult:
        """Know who asks and on what processor; find no other program."""
        answer = _COMMANDS.get(" ".join(argv))
        return self._absent(argv[0]) if answer is None else CommandResult(tuple(argv), 0, answer, b"")

    def read_file(self, path: str, **_: object) -> bytes:
        """Know how much memory there is; find no other file."""
        return _FILES[path] if path in _FILES else self._absent(path)

    def stat(self, path: str) -> FileEntry | None:
        """Know of no file."""
        return None

    def close(self) -> None:
        """Have nothing to give back."""

    def __getattr__(self, name: str) -> object:
        """Find nothing, whatever is asked for."""
        return lambda *words, **_: self._absent(words[0] if words else name)

    @staticmethod
    def _absent(what: object) -> NoReturn:
        raise NotFound(f"There is no {what} here.")
