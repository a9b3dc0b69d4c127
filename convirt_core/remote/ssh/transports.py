"""The transports of one application: one for each server and user, shared by all who use it."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from convirt_core.errors import DeadlineExceeded, Refused, ServerUnavailable
from convirt_core.remote.patience import Patience
from convirt_core.remote.ssh.deadline import Deadline
from convirt_core.remote.ssh.dialing import Dialer
from convirt_core.remote.ssh.host_keys import check_expected
from convirt_core.remote.ssh.listener import HeldQuestions, Listener
from convirt_core.remote.ssh.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convirt_core.remote.questions import Questions
    from convirt_core.remote.ssh.link import Link
    from convirt_core.remote.ssh.route import Route
    from convirt_core.remote.ssh.transport import Transport

_logger = logging.getLogger("convirt.remote")


class Transports:
    """Gives out leases; a transport is made when first used, and closed with its last lease. Any thread."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._secrets = Secrets()
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._lines: dict[Route, _Line] = {}
        self._expected_keys: list[tuple[Route, str]] = []
        self._is_closed = False

    def lease(self, route: Route, listener: Listener | None = None) -> Lease:
        """Return the way to a server. No I/O.

        :param listener: told what happens; not shared with another lease
        """
        with self._lock:
            if self._is_closed:
                raise Refused("The application was closed.", remedy="Open another one.")
            line = self._lines.get(route)
            if line is None:
                line = self._lines[route] = _Line(
                    route, self._questions, self._turn, self._secrets, partial(self._expected_key, route)
                )
            line.leases += 1
        listener = listener or Listener()
        jump = self.lease(route.jump, Listener(asking=listener.asking)) if route.jump else None
        return Lease(self, line, jump, listener)

    @contextmanager
    def expecting_host_key(self, route: Route, fingerprint: str) -> Iterator[None]:
        """Take no other host key of a server for a block, whatever is known of it. No I/O.

        It is not held for longer, as the right one is known then, and a wrong one must not bar the way for good.

        :param fingerprint: as `ssh-keygen -l` prints it: `SHA256:…`
        :raises Refused: it is connected, and has shown another
        """
        with self._lock:
            self._expected_keys.append((route, fingerprint))
            line = self._lines.get(route)
        try:
            if line is not None:
                line.check_host_key(fingerprint)
            yield
        finally:
            with self._lock:
                self._expected_keys.remove((route, fingerprint))

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

    def _expected_key(self, route: Route) -> str:
        """Return the fingerprint that was said last for a server; empty: none."""
        with self._lock:
            return next((key for of, key in reversed(self._expected_keys) if of == route), "")


class Lease:
    """One user's share of a transport."""

    def __init__(self, transports: Transports, line: _Line, jump: Lease | None, listener: Listener) -> None:
        self._transports = transports
        self._line = line
        self._jump = jump
        self._listener = listener
        self._is_closed = False
        line.listeners.append(listener)

    def deadline(self, seconds: float) -> Deadline:
        """Return a deadline for a call, whose clock stands still while a person is asked on the way."""
        return Deadline(seconds, self._line.patience.now)

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
        self._line.listeners.remove(self._listener)
        self._transports.give_back(self._line)
        if self._jump is not None:
            self._jump.close()


class _Line:
    """The way to one server, over one connection after the other.

    :param expected_key: returns the fingerprint that its host key must have; empty: any that is known or confirmed
    :ivar leases: counted under the lock of `Transports`
    """

    def __init__(
        self,
        route: Route,
        questions: Questions,
        turn: threading.Lock,
        secrets: Secrets,
        expected_key: Callable[[], str],
    ) -> None:
        self.route = route
        self._expected_key = expected_key
        self.leases = 0
        self.listeners: list[Listener] = []
        self.patience = Patience()
        own = Listener(asking=self.patience.asking)
        self._dialer = Dialer(
            HeldQuestions(questions, turn, lambda: [own, *self.listeners]), secrets, self.patience.now
        )
        self._dialing = threading.Lock()
        self._link: Link | None = None
        self._is_closed = False

    def link(self, deadline: Deadline, jump: Lease | None) -> Link:
        """Return the connection. Whoever comes first makes it; the others wait for that, until their deadline."""
        link = self._link
        if link is not None and link.is_alive:
            return link
        while not self._dialing.acquire(timeout=deadline.remaining):
            if deadline.has_passed:
                raise DeadlineExceeded(f"{self.route.host} could not be connected within {deadline.seconds:g} s.")
        try:
            if self._link is None or not self._link.is_alive:
                self._drop()
                expected_key = self._expected_key()  # now: who has said it may give up before it is dialled
                over = jump.link(deadline) if jump else None
                self._link = self._dialer.dial(self.route, over, self._ended, expected_key)
            if self._is_closed:
                self._drop()
                raise ServerUnavailable(f"The way to {self.route.host} was closed while it was connected.")
            return self._link
        finally:
            self._dialing.release()

    def check_host_key(self, expected: str) -> None:
        """Refuse the key that the server has shown, if it is connected, and another is expected."""
        link = self._link
        if link is not None and link.is_alive:
            check_expected(link.host_key, expected)

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
        for listener in list(self.listeners):
            try:
                listener.lost(link.reason)
            except Exception:  # one user's mistake must not cost the others the news
                _logger.exception("a user of the connection with %s failed at its end", self.route.host)
