"""Channels of a connection as streams."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import paramiko

    from convirt_core.remote.ssh.deadline import Deadline

_WORDS_BYTES = 4096
_WORDS_SECONDS = 1.0
_PACKET_BYTES = 1 << 15
"""The most that OpenSSH takes at once."""


def send_all(channel: paramiko.Channel, data: bytes) -> None:
    """Send all of it, in packets.

    paramiko's `sendall` copies the whole rest after each packet: sixteen times the data, at 1 MiB.

    :raises OSError: the channel has ended, or took nothing for as long as its timeout
    """
    rest = memoryview(data)
    while rest:
        rest = rest[channel.send(bytes(rest[:_PACKET_BYTES])) :]


class ChannelStream:
    """A channel: a `Stream`.

    :param release: closes it, and gives its place back
    """

    def __init__(self, channel: paramiko.Channel, release: Callable[[], None]) -> None:
        self._channel = channel
        self._release = release
        self._words = b""
        self._ahead = b""

    def receive(self, limit_bytes: int) -> bytes:
        """See `Stream.receive`."""
        ahead, self._ahead = self._ahead, b""
        return ahead or self._channel.recv(limit_bytes)

    def send(self, data: bytes) -> None:
        """See `Stream.send`."""
        send_all(self._channel, data)

    def skip(self, mark: bytes, deadline: Deadline) -> bool:
        """Leave out all up to a line, which says that the command begins; return whether that came in time.

        Before it may stand what a login shell's start-up files print.
        """
        while mark + b"\n" not in self._ahead:
            self._channel.settimeout(max(0.1, deadline.remaining))
            try:
                piece = self._channel.recv(_WORDS_BYTES)
            except TimeoutError:
                return False
            if not piece:
                return False
            self._ahead += piece
        self._channel.settimeout(None)
        self._ahead = self._ahead.partition(mark + b"\n")[2]
        return True

    def end_input(self) -> None:
        """See `Stream.end_input`."""
        self._channel.shutdown_write()

    @property
    def exit_code(self) -> int | None:
        """How its command ended; None: it has not."""
        return self._channel.exit_status if self._channel.status_event.is_set() else None

    def wait(self, seconds: float) -> bool:
        """Wait at most so long for its command to end; return whether it has."""
        return bool(self._channel.status_event.wait(seconds))

    def last_words(self) -> str:
        """See `Stream.last_words`."""
        self.wait(_WORDS_SECONDS)
        with suppress(OSError, EOFError):
            while self._channel.recv_stderr_ready() and len(self._words) < _WORDS_BYTES:
                self._words += self._channel.recv_stderr(_WORDS_BYTES)
        return self._words.decode(errors="replace").strip()

    def close(self) -> None:
        """See `Stream.close`."""
        with suppress(OSError):  # the connection is just ending
            self._release()
