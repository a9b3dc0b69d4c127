"""Bytes to and fro between a local socket and a stream of a server's."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

_PIECE_BYTES = 1 << 18


class Stream(Protocol):
    """Bytes to and from a server. One reader thread and one writer thread at once; any thread may close it."""

    def receive(self, limit_bytes: int) -> bytes:
        """Return what has come, at least a byte; nothing at the end."""
        ...

    def send(self, data: bytes) -> None:
        """Send all of it. Raises `OSError` when the stream has ended."""
        ...

    def end_input(self) -> None:
        """Say that nothing more is sent."""
        ...

    def last_words(self) -> str:
        """Return what was said beside the stream, once it has ended; maybe nothing."""
        ...

    def close(self) -> None:
        """End it; wakes reader and writer. May be called twice."""
        ...


class Pump:
    """One connection, until one of its sides ends; it then closes both.

    :param on_end: told when the server's side has ended, before the local one learns of it
    :ivar complaint: the server's last words, known by then
    """

    def __init__(self, local: socket.socket, stream: Stream, on_end: Callable[[Pump], None] = lambda _: None) -> None:
        self._local = local
        self._stream = stream
        self._on_end = on_end
        self._outward_ended = threading.Event()
        self.complaint = ""

    def start(self, name: str) -> None:
        """Begin; one thread each way."""
        threading.Thread(target=self._inward, name=f"{name}-in", daemon=True).start()
        threading.Thread(target=self._outward, name=f"{name}-out", daemon=True).start()

    def stop(self) -> None:
        """End both sides at once.

        shutdown(2) wakes whoever waits for the local socket, in this process or another: closing it would not.
        """
        with suppress(OSError):
            self._local.shutdown(socket.SHUT_RDWR)
        self._stream.close()

    def _inward(self) -> None:
        with suppress(OSError, EOFError):
            while data := self._stream.receive(_PIECE_BYTES):
                self._local.sendall(data)
        self.complaint = self._stream.last_words()
        self._on_end(self)
        self.stop()
        self._outward_ended.wait()
        self._local.close()

    def _outward(self) -> None:
        with suppress(OSError, EOFError):
            while data := self._local.recv(_PIECE_BYTES):
                self._stream.send(data)
            self._stream.end_input()
        self._outward_ended.set()


def joined(stream: Stream, name: str) -> socket.socket:
    """Return a connected socket whose other end is a stream."""
    ours, theirs = socket.socketpair()
    Pump(theirs, stream).start(name)
    return ours
