"""What is known of the way to a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from convirt_core.model import ServerState


class ServerStatus(NamedTuple):
    """The state of the way to a server.

    :param reason: one sentence; empty when it is up
    :param since: of the monotonic clock, seconds
    """

    state: ServerState
    reason: str = ""
    since: float = 0.0
