"""A machine on which there is nothing: what a platform must not take for its own."""

# ruff: noqa: ARG002  the parameters are those of a proxy

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from convirt_core.errors import NotFound

if TYPE_CHECKING:
    from convirt_core.platforms import FileEntry


class BareMachine:
    """A `NodeProxy` of a server that has no program and no file."""

    def stat(self, path: str) -> FileEntry | None:
        """Know of no file."""
        return None

    def close(self) -> None:
        """Have nothing to give back."""

    def __getattr__(self, name: str) -> object:
        """Find nothing, whatever is asked for."""

        def absent(*words: object, **_: object) -> NoReturn:
            raise NotFound(f"There is no {words[0] if words else name} here.")

        return absent
