"""An open serial console."""

from __future__ import annotations

from typing import Protocol


class SerialConsole(Protocol):
    """A two-way byte stream to a VM's serial line. One reader thread and one writer thread at once."""

    def read(self, *, timeout_seconds: float) -> bytes | None:
        """Return what has come, at least a byte; `b""` if nothing came in time; None at the end.

        :raises ServerUnavailable: when the connection is lost
        """
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`. Raises `ServerUnavailable` when the connection is lost."""
        ...

    def close(self) -> None:
        """Let the line go; wakes a reader, which then reads the end. May be called twice."""
        ...
