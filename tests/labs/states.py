"""What a long-lived application is told of its servers, and when."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from convirt_core.model import EventKind, ServerState

if TYPE_CHECKING:
    from convirt_core.model import Event


class Told(NamedTuple):
    """One state of one server.

    :param at: monotonic, seconds
    """

    at: float
    server: str
    state: ServerState
    reason: str


class States:
    """A listener that writes down the states of servers."""

    def __init__(self) -> None:
        self.told: deque[Told] = deque()

    def __call__(self, event: Event) -> None:
        """Be told."""
        if event.kind is EventKind.SERVER:
            self.told.append(Told(time.monotonic(), event.server, event.server_state, event.detail))

    def seconds_until(self, state: ServerState, *, within: float, since: float, server: str | None = None) -> float:
        """Wait until a state is told; return how long after `since` it was. Fails after `within` seconds.

        :param since: monotonic; what was told before does not count
        :param server: id; None: any
        """
        while True:
            for told in list(self.told):
                if told.at >= since and told.state is state and server in {None, told.server}:
                    return told.at - since
            assert time.monotonic() - since < within, f"not {state} within {within:g} s: {self.since(since)}"
            time.sleep(0.02)

    def since(self, moment: float) -> list[str]:
        """What was told since a moment, for messages."""
        return [
            f"{told.at - moment:.1f} s: {told.state} {told.reason}".rstrip() for told in self.told if told.at >= moment
        ]
