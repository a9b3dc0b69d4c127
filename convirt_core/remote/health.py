"""What is known of the way to a server, and when it is worth trying again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from convirt_core.errors import ServerUnavailable
from convirt_core.model import ServerState
from convirt_core.remote.status import ServerStatus

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 60.0


def delay_seconds(failures: int, chance: float) -> float:
    """Return how long to wait before the next attempt: doubled with each failure, up to a minute.

    :param failures: attempts that failed in a row, at least 1
    :param chance: 0.0 to 1.0: takes up to half off, so that many clients do not knock at the same moment
    """
    whole = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** (failures - 1))
    return whole * (1.0 - chance / 2.0)


class Health:
    """The state of the way to one server. Any thread.

    :param name: of the server
    :param clock: monotonic, seconds
    :param chance: a number from 0.0 to 1.0, for the jitter
    """

    def __init__(self, name: str, *, clock: Callable[[], float], chance: Callable[[], float]) -> None:
        self._name = name
        self._clock = clock
        self._chance = chance
        self._lock = threading.Lock()
        self._status = ServerStatus(ServerState.UNKNOWN, since=clock())
        self._failures = 0
        self._next_attempt = 0.0

    @property
    def status(self) -> ServerStatus:
        """What is known now."""
        return self._status

    def connecting(self) -> None:
        """An attempt begins."""
        self._set(ServerState.CONNECTING, "")

    def up(self) -> None:
        """It succeeded."""
        self._set(ServerState.UP, "")
        self._failures = 0

    def lost(self, reason: str) -> None:
        """The connection ended. The next attempt may be made at once."""
        self._set(ServerState.DOWN, reason)
        self._next_attempt = 0.0

    def failed(self, reason: str) -> None:
        """An attempt failed. The next one has to wait."""
        self._failures += 1
        self._next_attempt = self._clock() + delay_seconds(self._failures, self._chance())
        self._set(ServerState.DOWN, reason)

    def forgive(self) -> None:
        """Let the next attempt be made at once."""
        self._next_attempt = 0.0

    def check_worth_trying(self) -> None:
        """Raise `ServerUnavailable` while the next attempt has to wait."""
        remaining = self._next_attempt - self._clock()
        if self._status.state is ServerState.DOWN and remaining > 0:
            raise ServerUnavailable(
                f"{self._name} cannot be reached: {self._status.reason.rstrip('.')}. "
                f"The next attempt is in {remaining:.0f} s.",
                remedy=f"Try now with 'convirt server connect {self._name}'.",
            )

    def _set(self, state: ServerState, reason: str) -> None:
        with self._lock:
            changed = state is not self._status.state
            since = self._clock() if changed else self._status.since
            self._status = ServerStatus(state, reason, since)
