"""The transports of one application: one for each server and user, shared by all who use it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from convirt_core.errors import DeadlineExceeded, Refused, ServerUnavailable
from convirt_core.remote.ssh.dialing import Dialer
from convirt_core.remote.ssh.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.remote.questions import Questions
    from convirt_core.remote.ssh.deadline import Deadline
    from convirt_core.remote.ssh.link import Link
    from convirt_core.remote.ssh.route import Route
    from convirt_core.remote.ssh.transport import Transport


class Transports:
    """Gives out leases; a transport is made when first used, and closed with its last lease. Any thread."""

    def __init__(self, questions: Questions) -> None:
        self._dialer = Dialer(questions, Secrets())
        self._lock = threading.Lock()
        self._lines: dict[Route, _Line] = {}
        self._is_closed = False

    def lease(self, route: Route, lost: Callable[[str], None] | None = None) -> Lease:
        """Return the way to a server. No I/O.

        :param lost: told, with the reason, when the connection has ended by itself; from another thread
        """
        with self._lock:
            if self._is_closed:
                raise Refused("The application was closed.", remedy="Open another one.")
            line = self._lines.get(route)
            if line is None:
                line = self._lines[route] = _Line(route, self._dialer)
            line.leases += 1
        jump = self.lease(route.jump) if route.jump else None
        return Lease(self, line, jump, lost)

    def give_back(self, line: _Line) -> None:
        """Take a lease back; the last one closes the transport."""
        with self._lock:
            line.leases -= 1
            if line.leases:
                return
            self._lines.pop(line.route, None)
        line.close()

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            self._is_closed = True
            lines, self._lines = list(self._lines.values()), {}
        for line in lines:
            line.close()


class Lease:
    """One user's share of a transport."""

    def __init__(
        self, transports: Transports, line: _Line, jump: Lease | None, lost: Callable[[str], None] | None
    ) -> None:
        self._transports = transports
        self._line = line
        self._jump = jump
        self._lost = lost
        self._is_closed = False
        if lost is not None:
            line.listeners.append(lost)

    def link(self, deadline: Deadline) -> Link:
        """Return the open connection, made anew if need be.

        :raises ServerUnavailable: it cannot be made
        """
        if self._is_closed:
            raise ServerUnavailable(f"The way to {self._line.route.host} was closed.")
        return self._line.link(deadline, self._jump)

    def close(self) -> None:
        """Give it back. May be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._lost is not None:
            self._line.listeners.remove(self._lost)
        self._transports.give_back(self._line)
        if self._jump is not None:
            self._jump.close()


class _Line:
    """The way to one server, over one connection after the other.

    :ivar leases: counted under the lock of `Transports`
    """

    def __init__(self, route: Route, dialer: Dialer) -> None:
        self.route = route
        self.leases = 0
        self.listeners: list[Callable[[str], None]] = []
        self._dialer = dialer
        self._dialing = threading.Lock()
        self._link: Link | None = None
        self._is_closed = False

    def link(self, deadline: Deadline, jump: Lease | None) -> Link:
        """Return the connection. Whoever comes first makes it; the others wait for that, until their deadline."""
        link = self._link
        if link is not None and link.is_alive:
            return link
        if not self._dialing.acquire(timeout=deadline.remaining):
            raise DeadlineExceeded(f"{self.route.host} could not be connected within {deadline.seconds:g} s.")
        try:
            if self._link is None or not self._link.is_alive:
                self._drop()
                self._link = self._dialer.dial(self.route, jump.link(deadline) if jump else None, self._ended)
            if self._is_closed:
                self._drop()
                raise ServerUnavailable(f"The way to {self.route.host} was closed while it was connected.")
            return self._link
        finally:
            self._dialing.release()

    def close(self) -> None:
        """Close the connection; one that is just being made is closed when it is."""
        self._is_closed = True
        self._drop()

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _ended(self, transport: Transport) -> None:
        """Tell who listens that the connection has ended, unless that was our own doing."""
        link = self._link
        if link is None or link.transport is not transport or self._is_closed:
            return
        for lost in list(self.listeners):
            lost(link.reason)
