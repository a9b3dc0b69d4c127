"""The socket below a transport, which knows how long the other side has been silent."""

from __future__ import annotations

import errno
import select
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import paramiko

PING_SECONDS = 3.0
"""After so long without a byte the server is asked for one."""

SILENT_SECONDS = 12.0
"""After so long it is taken for dead. A cut link and a stopped sshd look the same from here: nothing comes."""


class Wire:
    """What paramiko reads from and writes to: a socket, or a channel of another transport.

    paramiko reads with a timeout of 0.1 s, over and over: that is where silence is noticed, so that it takes
    no thread of its own.

    :ivar received_bytes: so far
    :ivar sent_bytes: so far
    :param ask: sends something that the server answers, without waiting for anybody; returns whether it could
    """

    def __init__(self, below: socket.socket | paramiko.Channel, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._below = below
        self._clock = clock
        self._ask: Callable[[], bool] | None = None
        self._heard_at = self._asked_at = clock()
        self._is_closed = False
        self.received_bytes = 0
        self.sent_bytes = 0

    @property
    def silent_seconds(self) -> float:
        """How long nothing has come."""
        return self._clock() - self._heard_at

    @property
    def is_silent(self) -> bool:
        """Whether the other side is taken for dead."""
        return self._ask is not None and self.silent_seconds > SILENT_SECONDS

    def watch(self, ask: Callable[[], bool]) -> None:
        """Look for silence from now on."""
        self._heard_at = self._asked_at = self._clock()
        self._ask = ask

    def recv(self, count: int) -> bytes:
        """Read; a connection that has been silent for too long is at its end: nothing."""
        try:
            data = self._below.recv(count)
        except TimeoutError:
            if self.is_silent:
                return b""
            self._look()
            raise
        self._heard_at = self._clock()
        self.received_bytes += len(data)
        return data

    def send(self, data: bytes) -> int:
        """Write a part; return how much that was.

        :raises TimeoutError: nothing for now; paramiko tries again, for as long as that is what it hears
        :raises OSError: the other side has been silent for too long
        """
        try:
            sent = self._below.send(data)
        except TimeoutError as error:
            if self.is_silent:
                raise OSError(errno.EPIPE, "the other side takes nothing and says nothing") from error
            raise
        self.sent_bytes += sent
        return sent

    def settimeout(self, seconds: float) -> None:
        """Pass it on."""
        self._below.settimeout(seconds)

    def close(self) -> None:
        """Close what is below."""
        self._is_closed = True
        self._below.close()

    @property
    def _closed(self) -> bool:
        """Whether it was closed: sockets have this, and paramiko looks at it."""
        return self._is_closed

    def _look(self) -> None:
        """Ask the other side for a word when it is time."""
        now = self._clock()
        is_due = min(now - self._heard_at, now - self._asked_at) >= PING_SECONDS
        if self._ask is not None and is_due and self._has_room() and self._ask():
            self._asked_at = now

    def _has_room(self) -> bool:
        """Whether something can be written at once: the reader must not wait for that, it would hear nothing."""
        if not isinstance(self._below, socket.socket):
            return bool(self._below.send_ready())
        poll = select.poll()
        poll.register(self._below, select.POLLOUT)
        return bool(poll.poll(0))
