"""The session with one server: its way, its threads, its state."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from convirt_core.model import ServerState
from convirt_core.remote.health import Health, ServerStatus
from convirt_core.remote.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.platforms import NodeProxy
    from convirt_core.remote.calls import Call
    from convirt_core.remote.ceiling import Ceiling

T = TypeVar("T")


class Session:
    """The one way to a server, for as long as the application is open. A `NodeSession`.

    :param name: of the server
    :param threads: at most so many calls are in its hypervisor at once, a heartbeat apart
    :param ceiling: shared by all sessions of an application
    :param beat_ceiling: likewise, for heartbeats, which must not stand in line behind calls
    :param clock: monotonic, seconds
    :param deadline_clock: likewise, for deadlines; may stand still while a person is asked
    :param chance: a number from 0.0 to 1.0, for the jitter of reconnections
    :param on_status: told of each new state or reason, in order, from any thread; must return at once
    :param on_lost: told that the platform's connection has ended; must return at once
    """

    def __init__(
        self,
        name: str,
        proxy: NodeProxy,
        *,
        threads: int,
        ceiling: Ceiling,
        beat_ceiling: Ceiling | None = None,
        clock: Callable[[], float] = time.monotonic,
        deadline_clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] | None = None,
        on_status: Callable[[ServerStatus], None] = lambda _: None,
        on_lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._proxy = proxy
        self._on_status = on_status
        self._on_lost = on_lost
        self._deadline_clock = deadline_clock
        self._telling = threading.RLock()
        make_workers = partial(Workers, name, clock=clock, deadline_clock=deadline_clock, on_change=self._tell)
        self._workers = make_workers(limit=threads, ceiling=ceiling)
        self._beats = make_workers(limit=1, ceiling=beat_ceiling or ceiling, idle_seconds=0.0)
        self.health = Health(name, clock=clock, chance=chance or _chance, on_change=self._tell)
        self._told = self.health.status

    @property
    def proxy(self) -> NodeProxy:
        """Commands and files."""
        return self._proxy

    @property
    def status(self) -> ServerStatus:
        """State, reason and since when. Late calls make any server suspect that is not down."""
        status = self.health.status
        if status.state is ServerState.DOWN:
            return status
        if self._beats.late:
            return ServerStatus(ServerState.SUSPECT, "It does not answer.", self._beats.late_since)
        if late := self._workers.late:
            reason = f"{late} call{'s' if late > 1 else ''} not answered in time."
            return ServerStatus(ServerState.SUSPECT, reason, self._workers.late_since)
        return status

    def begin(
        self,
        function: Callable[[], T],
        *,
        deadline_seconds: float,
        prepare: Callable[[], object] | None = None,
        on_answer: Callable[[Call[T]], None] | None = None,
    ) -> Call[T]:
        """Let a worker call `function`; `result()` of what is returned waits for it.

        :param prepare: done before `function`, which is not called if nobody waits any more by then
        :param on_answer: told of the answer, in the worker's thread; must return at once
        :raises ServerUnavailable: at once, when all workers are late
        """
        return self._workers.submit(function, deadline_seconds=deadline_seconds, prepare=prepare, on_answer=on_answer)

    def begin_beat(self, function: Callable[[], T], *, deadline_seconds: float) -> Call[T]:
        """Let a thread beside the workers call `function`: one at a time, and one that is late is not replaced.

        :raises ServerUnavailable: at once, while the last one is late
        """
        return self._beats.submit(function, deadline_seconds=deadline_seconds)

    def call(self, function: Callable[[], T], *, deadline_seconds: float) -> T:
        """Let a worker call `function`, and wait for it.

        :raises ServerUnavailable: at once, when all workers are late; or it was not begun in time
        :raises DeadlineExceeded: it was begun and not answered in time
        """
        return self.begin(function, deadline_seconds=deadline_seconds).result()

    def now(self) -> float:
        """Return the time by the clock of deadlines, in seconds."""
        return self._deadline_clock()

    def settle(self, seconds: float) -> bool:
        """Wait at most so long until every call that nobody waits for has returned; return whether that is so."""
        return self._workers.settle(seconds)

    def lost(self, reason: str) -> None:
        """Say that the platform's own connection has ended; the server is then reconnected when next used."""
        self._on_lost()
        self.health.lost(reason)

    def close(self) -> None:
        """End the threads that are idle; those in a call end after it."""
        self._workers.close()
        self._beats.close()

    def _tell(self) -> None:
        with self._telling:
            status = self.status
            if status[:2] != self._told[:2]:
                self._told = status
                self._on_status(status)


def _chance() -> float:
    import random  # noqa: PLC0415  only needed once a server has failed

    return random.random()  # noqa: S311  spreads attempts, guards nothing
