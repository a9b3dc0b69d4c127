"""The heartbeat of one server that somebody watches."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError
from convirt_core.model import ServerState

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.remote import Call
    from convirt_core.services.servers.server import Server

EVERY_SECONDS = 1.5
"""From one sign of life to the next question."""
LATE_SECONDS = 3.0
"""Without an answer for so long the server is suspect: 4.5 s after it fell silent at the latest."""
HUNG_SECONDS = 9.0
"""Without an answer for so long its connection is given up: 10.5 s after it fell silent at the latest."""
ATTEMPT_SECONDS = 8.0
"""Likewise an attempt to reach a server that is down.

TCP repeats what was lost at intervals that double. So an attempt that was made in half this time before a cut
healed succeeds soon after; of an older one not more than half this time is left.
"""


class Pulse:
    """Asks a server for signs of life, and draws the conclusions. `step` is called by one thread.

    :param clock: monotonic, seconds
    """

    def __init__(self, server: Server, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._server = server
        self._clock = clock
        self._beat: Call[None] | None = None
        self._due = clock()
        self._began: float | None = None
        self._is_given_up = False

    def step(self) -> None:
        """Do what is due now. Returns at once."""
        if self._beat is None:
            self._begin()
        elif self._beat.is_over:
            self._beat, self._due = None, self._clock() + self._pause()
        elif self._beat.is_begun:
            self._mind(self._beat)

    def _begin(self) -> None:
        """Ask, if it is time. A server whose plugin cannot be used is asked again like one that is down."""
        if self._clock() < self._due:
            return
        self._began, self._is_given_up = None, False
        try:
            if not self._server.session.health.rest_seconds:
                self._beat = self._server.begin_beat(deadline_seconds=LATE_SECONDS)
        except ConvirtError:  # its status says it
            self._due = self._clock() + EVERY_SECONDS

    def _pause(self) -> float:
        """Return how long to wait with the next question; one that is down has a back-off of its own."""
        return 0.0 if self._server.status.state is ServerState.DOWN else EVERY_SECONDS

    def _mind(self, beat: Call[None]) -> None:
        """See how long the answer is out; the time in line for a thread, or for a person, does not count."""
        now = self._server.session.now()
        self._began = now if self._began is None else self._began
        silent = now - self._began
        if silent >= LATE_SECONDS:
            beat.give_up()
        limit = ATTEMPT_SECONDS if self._server.status.state is ServerState.DOWN else HUNG_SECONDS
        if silent >= limit and not self._is_given_up:
            self._is_given_up = True
            self._server.give_up(f"It has not answered for {limit:g} s.")
