"""The few threads that call one server."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from convirt_core.errors import ServerUnavailable
from convirt_core.remote.calls import Call, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.remote.ceiling import Ceiling

T = TypeVar("T")


class Workers:
    """Daemon threads of one server: started when there is work, ended when idle, never more than `limit`.

    A deadline ends the wait, not the work: the thread goes on until its function returns, counted as late and
    not replaced. With all of them late, a call fails at once until one returns. Who takes no interest in the answer
    any more before the deadline says nothing against the server: such a call is late only once that has passed.

    :param name: of the server, for messages and thread names
    :param limit: threads
    :param idle_seconds: after which a thread without work ends
    :param clock: monotonic, seconds
    :param deadline_clock: likewise, for deadlines; may stand still while a person is asked
    :param on_change: told when `late` has changed, by the thread that changed it; must return at once
    """

    def __init__(
        self,
        name: str,
        *,
        limit: int,
        ceiling: Ceiling,
        idle_seconds: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        deadline_clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._limit = limit
        self._ceiling = ceiling
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._deadline_clock = deadline_clock
        self._on_change = on_change
        self._changed = threading.Condition()
        self._queue: deque[Call[Any]] = deque()
        self._threads = 0
        self._idle = 0
        self._unwanted: set[Call[Any]] = set()
        self._closed = False

    @property
    def late(self) -> int:
        """How many threads are in calls whose deadline has passed."""
        return len(self._overdue())

    @property
    def late_since(self) -> float:
        """Since when there is a late one, of the clock."""
        return self._clock() - max(self._overdue(), default=0.0)

    @property
    def threads(self) -> int:
        """How many threads there are now."""
        return self._threads

    def submit(
        self,
        function: Callable[[], T],
        *,
        deadline_seconds: float,
        prepare: Callable[[], object] | None = None,
        on_answer: Callable[[Call[T]], None] | None = None,
    ) -> Call[T]:
        """Queue a call; its deadline runs from now.

        :param prepare: done before `function`, which is not called if nobody waits any more by then
        :raises ServerUnavailable: at once, when all threads are late, or after `close`
        """
        call = Call(
            function,
            prepare=prepare,
            server=self._name,
            deadline_seconds=deadline_seconds,
            on_given_up=self._given_up,
            on_answer=on_answer,
            clock=self._deadline_clock,
        )
        with self._changed:
            self._refuse_if_used_up()
            self._queue.append(call)
            if self._idle >= len(self._queue):
                self._changed.notify()
            elif self._threads < self._limit:
                self._threads += 1
                threading.Thread(target=self._work, name=f"convirt-{self._name}", daemon=True).start()
        return call

    def settle(self, seconds: float) -> bool:
        """Wait at most so long until no thread is in a call that nobody waits for; return whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._unwanted, seconds)

    def close(self) -> None:
        """Answer what waits with an error and let idle threads end; those in a call end after it."""
        with self._changed:
            self._closed = True
            waiting, self._queue = self._queue, deque()
            self._changed.notify_all()
        for call in waiting:
            call.refuse(ServerUnavailable(f"The session with {self._name} was closed."))

    def _refuse_if_used_up(self) -> None:
        if self._closed:
            raise ServerUnavailable(f"The session with {self._name} was closed.")
        if len(overdue := self._overdue()) >= self._limit:
            raise ServerUnavailable(
                f"{self._name} has not answered for {max(overdue):.0f} s; nothing more is asked until it does.",
                remedy=f"Look at the server itself: 'convirt server check {self._name}'.",
            )

    def _overdue(self) -> list[float]:
        """Return for how many seconds each late call has been late."""
        with self._changed:
            return [call.overdue_seconds for call in self._unwanted if not call.remaining_seconds]

    def _given_up(self, call: Call[Any], stage: Stage) -> None:
        if stage is not Stage.RUNNING:
            return
        with self._changed:
            self._unwanted.add(call)
        self._ceiling.leave()
        self._on_change()

    def _returned_unwanted(self, call: Call[Any]) -> None:
        with self._changed:
            self._unwanted.remove(call)
            self._changed.notify_all()
        self._on_change()

    def _work(self) -> None:
        while (call := self._next()) is not None:
            self._ceiling.enter()
            if not call.begin() or call.perform():
                self._ceiling.leave()
            else:
                self._returned_unwanted(call)

    def _next(self) -> Call[Any] | None:
        """Wait for a call; None: the thread ends."""
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._queue or self._closed, self._idle_seconds)
            self._idle -= 1
            if self._queue:
                return self._queue.popleft()
            self._threads -= 1
            return None
