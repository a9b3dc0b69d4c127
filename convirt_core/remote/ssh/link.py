"""One open connection to an sshd, and the channels on it."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from paramiko.ssh_exception import ChannelException, SSHException

from convirt_core.errors import DeadlineExceeded, OperationFailed, ServerUnavailable
from convirt_core.remote.questions import HostKey
from convirt_core.remote.ssh.host_keys import fingerprint
from convirt_core.remote.ssh.wire import PING_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import paramiko

    from convirt_core.remote.ssh.deadline import Deadline
    from convirt_core.remote.ssh.route import Route
    from convirt_core.remote.ssh.transport import Transport
    from convirt_core.remote.ssh.wire import Wire

SESSIONS = 8
"""Commands and helpers at once. sshd allows ten (sshd_config(5), MaxSessions) and counts one that is just ending."""

_URGENT_SESSIONS = 1
_RETRY_SECONDS = 0.05
_HUNG_SECONDS = PING_SECONDS + 1.0


class _Refused(Exception):
    """The server did not open a channel."""


class Link:
    """A transport that is logged in. Any thread."""

    def __init__(self, route: Route, transport: Transport, wire: Wire) -> None:
        self.route = route
        self.transport = transport
        self._wire = wire
        self._sessions = threading.BoundedSemaphore(SESSIONS)
        self._urgent = threading.BoundedSemaphore(_URGENT_SESSIONS)
        self._reason = ""

    @property
    def is_alive(self) -> bool:
        """Whether nothing is known against it."""
        return self.transport.is_active() and not self._wire.is_silent

    @property
    def host_key(self) -> HostKey:
        """The key that the server has shown."""
        key = self.transport.get_remote_server_key()
        return HostKey(self.route.key_name, key.get_name(), fingerprint(key.asbytes()))

    @property
    def silent_seconds(self) -> float:
        """How long nothing has come from the server."""
        return self._wire.silent_seconds

    @property
    def transferred_bytes(self) -> tuple[int, int]:
        """What was received and sent since it was opened, everything counted."""
        return self._wire.received_bytes, self._wire.sent_bytes

    @property
    def reason(self) -> str:
        """Why it has ended; a sentence."""
        if self._reason:
            return self._reason
        if self._wire.is_silent:
            return f"{self.route.host} has not answered for {self._wire.silent_seconds:.0f} s over ssh."
        return f"The ssh connection with {self.route.host} has ended."

    @contextmanager
    def session(self, deadline: Deadline, *, urgent: bool = False) -> Iterator[paramiko.Channel]:
        """Lend a channel for one command, waiting for a free one; it is closed at the end of the block.

        :param urgent: not behind the others: for what ends one of them
        :raises ServerUnavailable: none was free, or the connection has ended
        """
        channel, release = self.take_session(deadline, urgent=urgent)
        try:
            yield channel
        finally:
            release()

    def take_session(self, deadline: Deadline, *, urgent: bool = False) -> tuple[paramiko.Channel, Callable[[], None]]:
        """Return such a channel, and what closes it and gives its place back."""
        places = self._urgent if urgent else self._sessions
        if not places.acquire(timeout=deadline.remaining):
            raise ServerUnavailable(
                f"{self.route.host} was busy with {SESSIONS} other commands for {deadline.seconds:g} s.",
                remedy="Try again; nothing was done.",
            )
        try:
            channel = self._open_session(deadline)
        except BaseException:
            places.release()
            raise
        once = threading.Lock()

        def release() -> None:
            if once.acquire(blocking=False):
                with suppress(EOFError, OSError, SSHException):  # the transport is just ending
                    channel.close()
                places.release()

        return channel, release

    def open_tcp(self, host: str, port: int, deadline: Deadline) -> paramiko.Channel:
        """Open a connection from the server to `host:port`.

        :raises OperationFailed: the server could not
        """
        try:
            return self._open("direct-tcpip", deadline, (host, port))
        except _Refused as error:
            raise OperationFailed(f"{self.route.host} cannot connect to {host}:{port}: {error}.") from error

    def close(self, reason: str = "") -> None:
        """End it, with all channels."""
        self._reason = self._reason or reason
        self.transport.close()

    def _open_session(self, deadline: Deadline) -> paramiko.Channel:
        """Open a session; one that sshd has no room for, which it counts late, is asked for again."""
        while True:
            try:
                return self._open("session", deadline)
            except _Refused as error:
                if deadline.remaining < _RETRY_SECONDS:
                    raise ServerUnavailable(
                        f"{self.route.host} allowed no further session within {deadline.seconds:g} s.",
                        remedy="Allow at least 10 in its sshd_config: MaxSessions.",
                    ) from error
            time.sleep(_RETRY_SECONDS)

    def _open(self, kind: str, deadline: Deadline, place: tuple[str, int] | None = None) -> paramiko.Channel:
        try:
            source = ("127.0.0.1", 0) if place else None
            return self.transport.open_channel(kind, place, source, timeout=max(0.1, deadline.remaining))
        except ChannelException as error:
            raise _Refused((error.text or "refused").lower()) from error
        except (SSHException, EOFError, OSError) as error:
            # of two threads that are refused at one time paramiko tells only one the reason
            if self.transport.is_active() and not deadline.has_passed:
                raise _Refused("refused") from error
            raise self._not_opened(deadline) from error

    def _not_opened(self, deadline: Deadline) -> ServerUnavailable:
        if not self.transport.is_active():
            return ServerUnavailable(self.reason, remedy="It is connected again when it is next used.")
        if self.silent_seconds > _HUNG_SECONDS:  # the channel may still be opened, and would then be nobody's
            self.close(f"{self.route.host} has not answered for {self.silent_seconds:.0f} s over ssh.")
        return DeadlineExceeded(f"{self.route.host} did not answer within {deadline.seconds:g} s over ssh.")
