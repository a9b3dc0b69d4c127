"""What is known of the way to a server, and when it is worth trying again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from convirt_core.errors import ServerUnavailable
from convirt_core.model import ServerState

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_DELAY_SECONDS = 1.0
JUST_LOST_DELAY_SECONDS = 4.0
LONGEST_DELAY_SECONDS = 60.0
_SHARE_OF_OUTAGE = 1 / 15


class ServerStatus(NamedTuple):
    """The state of the way to a server.

    :param reason: one sentence; empty when it is up
    :param since: of the monotonic clock, seconds
    :param needs_person: trying again changes nothing: it does not let us in, or lacks what is needed
    """

    state: ServerState
    reason: str = ""
    since: float = 0.0
    needs_person: bool = False


def delay_seconds(failures: int, outage_seconds: float, chance: float) -> float:
    """Return how long to wait before the next attempt.

    Doubled with each failure up to four seconds, which holds for the first minute of an outage; after that a
    fifteenth of how long it has lasted, up to a minute.

    :param failures: attempts that failed in a row, at least 1
    :param outage_seconds: since the server is down
    :param chance: 0.0 to 1.0: takes up to half off, so that many clients do not knock at the same moment
    """
    most = min(LONGEST_DELAY_SECONDS, max(JUST_LOST_DELAY_SECONDS, outage_seconds * _SHARE_OF_OUTAGE))
    doubled = FIRST_DELAY_SECONDS * 2.0 ** min(failures - 1, 6)
    return min(most, doubled) * (1.0 - chance / 2.0)


class Health:
    """The state of the way to one server. Any thread.

    :param name: of the server
    :param clock: monotonic, seconds
    :param chance: a number from 0.0 to 1.0, for the jitter
    :param on_change: told after each change, by the thread that made it; must return at once
    """

    def __init__(
        self,
        name: str,
        *,
        clock: Callable[[], float],
        chance: Callable[[], float],
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._clock = clock
        self._chance = chance
        self._on_change = on_change
        self._lock = threading.Lock()
        self._status = ServerStatus(ServerState.UNKNOWN, since=clock())
        self._failures = 0
        self._next_attempt = 0.0

    @property
    def status(self) -> ServerStatus:
        """What is known now."""
        return self._status

    @property
    def rest_seconds(self) -> float:
        """How long the next attempt still has to wait; never negative."""
        if self._status.state is not ServerState.DOWN:
            return 0.0
        return max(0.0, self._next_attempt - self._clock())

    @property
    def has_failed(self) -> bool:
        """Whether an attempt has failed since it was up."""
        return self._failures > 0

    def connecting(self) -> None:
        """An attempt begins. A server that is down stays so until one succeeds."""
        if self._status.state is not ServerState.DOWN:
            self._set(ServerState.CONNECTING, "")

    def up(self) -> None:
        """It succeeded."""
        self._failures = 0
        self._set(ServerState.UP, "")

    def lost(self, reason: str) -> None:
        """The connection ended. The next attempt may be made at once."""
        self._next_attempt = 0.0
        self._set(ServerState.DOWN, reason)

    def failed(self, reason: str, *, needs_person: bool = False) -> None:
        """An attempt failed. The next one has to wait."""
        with self._lock:
            self._failures += 1
            now = self._clock()
            outage = now - self._status.since if self._status.state is ServerState.DOWN else 0.0
            self._next_attempt = now + delay_seconds(self._failures, outage, self._chance())
        self._set(ServerState.DOWN, reason, needs_person=needs_person)

    def forgive(self) -> None:
        """Let the next attempt be made at once."""
        self._next_attempt = 0.0

    def check_worth_trying(self) -> None:
        """Raise `ServerUnavailable` while the next attempt has to wait."""
        if self.rest_seconds > 0:
            raise self.unavailable()  # whether anybody makes a next attempt is not known here

    def unavailable(self, what_next: str = "") -> ServerUnavailable:
        """Return the error for a server that is known to be down.

        :param what_next: a sentence
        """
        reason = f"{self._status.reason.rstrip('.')}."
        if self._name not in {word.strip(".,:;()") for word in reason.split()}:
            reason = f"{self._name} cannot be reached: {reason}"
        return ServerUnavailable(
            f"{reason} {what_next}".rstrip(),
            remedy=f"Try now with 'convirt server connect {self._name}'.",
        )

    def _set(self, state: ServerState, reason: str, *, needs_person: bool = False) -> None:
        with self._lock:
            changed = state is not self._status.state
            since = self._clock() if changed else self._status.since
            self._status = ServerStatus(state, reason, since, needs_person)
        self._on_change()
