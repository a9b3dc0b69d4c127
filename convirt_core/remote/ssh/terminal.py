"""A command of a server with a terminal, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import ServerUnavailable
from convirt_core.remote.ssh.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable

    import paramiko

    from convirt_core.remote.ssh.link import Link

_PIECE_BYTES = 1 << 16
_SEND_SECONDS = 10.0


class SshTerminal:
    """A `Terminal`. One reader thread and one writer thread at once.

    :param release: closes the channel and gives its place back
    """

    def __init__(self, link: Link, channel: paramiko.Channel, release: Callable[[], None]) -> None:
        self._link = link
        self._channel = channel
        self._release = release
        self._is_closed = False

    @property
    def exit_code(self) -> int | None:
        """How it ended; negative: by that signal; None: it runs."""
        return self._channel.exit_status if self._channel.status_event.is_set() else None

    def read(self, *, timeout_seconds: float) -> bytes | None:
        """See `Terminal.read`."""
        self._channel.settimeout(timeout_seconds)
        try:
            data = self._channel.recv(_PIECE_BYTES)
        except TimeoutError:
            return b""
        if not data and not self._is_closed and not self._link.is_alive:
            raise ServerUnavailable(self._link.reason)
        return data or None

    def write(self, data: bytes) -> None:
        """See `Terminal.write`."""
        deadline = Deadline(_SEND_SECONDS)
        while data:
            try:
                data = data[self._channel.send(data) :]
            except TimeoutError as error:  # the reader's, which the channel has only one of
                if deadline.has_passed:
                    raise self._deaf() from error
            except OSError as error:
                raise self._deaf() from error

    def resize(self, columns: int, rows: int) -> None:
        """See `Terminal.resize`."""
        self._link.transport.resize(self._channel, columns, rows)

    def close(self) -> None:
        """See `Terminal.close`."""
        self._is_closed = True
        self._release()

    def _deaf(self) -> ServerUnavailable:
        return ServerUnavailable(f"The terminal on {self._link.route.host} takes no more input.")
