"""Sockets and commands of this machine as streams."""

from __future__ import annotations

import socket
import subprocess
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

from convirt_core.errors import NotFound, OperationFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORDS_SECONDS = 1.0


class SocketStream:
    """A connected socket: a `Stream`."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    def receive(self, limit_bytes: int) -> bytes:
        """See `Stream.receive`."""
        return self._socket.recv(limit_bytes)

    def send(self, data: bytes) -> None:
        """See `Stream.send`."""
        self._socket.sendall(data)

    def end_input(self) -> None:
        """See `Stream.end_input`."""
        self._socket.shutdown(socket.SHUT_WR)

    def last_words(self) -> str:
        """See `Stream.last_words`."""
        return ""

    def close(self) -> None:
        """See `Stream.close`."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class CommandStream(SocketStream):
    """A command, by its input and output: a `Stream`. Closing it ends the command.

    :raises NotFound: there is no such command
    """

    def __init__(self, argv: Sequence[str]) -> None:
        ours, theirs = socket.socketpair()
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  closed with the stream
        with theirs:
            try:
                self._process = subprocess.Popen(
                    list(argv), stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=self._words
                )
            except OSError as error:
                ours.close()
                self._words.close()
                if isinstance(error, FileNotFoundError):
                    raise NotFound(f"There is no command {argv[0]}.") from error
                raise OperationFailed(f"{argv[0]} cannot be run: {error.strerror}.") from error
        super().__init__(ours)

    def last_words(self) -> str:
        """See `Stream.last_words`."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_WORDS_SECONDS)
        self._words.seek(0)
        return self._words.read(4096).decode(errors="replace").strip()

    def close(self) -> None:
        """See `Stream.close`."""
        super().close()
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_WORDS_SECONDS)
        self._words.close()
