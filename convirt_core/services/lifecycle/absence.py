"""A server that cannot be reached while the outcome of a change is looked for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from convirt_core.model import ServerState

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.services.servers import Server

AWAY_SECONDS = 3.0
"""How long a server that refuses connections is asked again: a supervisor restarts its daemon within a second or two.

One that hangs may still answer, and is given longer.
"""


class Absence:
    """For how long a server has been down, look after look.

    :param monotonic: seconds
    """

    def __init__(self, server: Server, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._server = server
        self._monotonic = monotonic
        self._since: float | None = None

    def is_too_long(self) -> bool:
        """Return whether it has been down for `AWAY_SECONDS`; if not, the next look may connect at once.

        Ask after each look that has not found what it looked for.
        """
        if self._server.status.state is not ServerState.DOWN:
            self._since = None
            return False
        now = self._monotonic()
        if self._since is None:
            self._since = now
        self._server.hurry()
        return now - self._since >= AWAY_SECONDS
