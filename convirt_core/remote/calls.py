"""A call to a server: performed by one thread, waited for by another, who may give up."""

from __future__ import annotations

import threading
import time
from enum import Enum, auto
from typing import TYPE_CHECKING, Generic, TypeVar

from convirt_core.errors import DeadlineExceeded, ServerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

INTERRUPT_GRACE_SECONDS = 2.0
"""How long an interrupted caller still waits, so that what it undoes is not being done at that moment."""


class Stage(Enum):
    """How far a call has come."""

    QUEUED = auto()
    RUNNING = auto()
    ANSWERED = auto()
    GIVEN_UP = auto()


class Call(Generic[T]):
    """One call. The stage changes under the lock; who makes it `GIVEN_UP` or `ANSWERED` has won.

    :param prepare: done before the function, which is not called if nobody waits any more by then
    :param server: its name, for messages
    :param on_given_up: told by the waiter, with the call and the stage that it was in
    :param on_answer: told by the worker when there is an answer; must return at once
    :param clock: of the deadline; may stand still while a person is asked
    """

    def __init__(
        self,
        function: Callable[[], T],
        *,
        prepare: Callable[[], object] | None = None,
        server: str,
        deadline_seconds: float,
        on_given_up: Callable[[Call[T], Stage], None],
        on_answer: Callable[[Call[T]], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._prepare = prepare
        self._function = function
        self._server = server
        self._seconds = deadline_seconds
        self._clock = clock
        self._deadline = clock() + deadline_seconds
        self._on_given_up = on_given_up
        self._on_answer = on_answer
        self._lock = threading.Lock()
        self._answered = threading.Event()
        self._stage = Stage.QUEUED
        self._begun = False
        self._value: T
        self._error: BaseException | None = None

    @property
    def remaining_seconds(self) -> float:
        """Until the deadline; never negative."""
        return max(0.0, self._deadline - self._clock())

    @property
    def overdue_seconds(self) -> float:
        """Since the deadline; never negative."""
        return max(0.0, self._clock() - self._deadline)

    @property
    def is_begun(self) -> bool:
        """Whether a worker has taken it."""
        return self._begun

    @property
    def is_over(self) -> bool:
        """Whether its function has returned, or it was refused; who gave it up learns here that its thread is back."""
        return self._answered.is_set()

    def begin(self) -> bool:
        """Mark it as running; False: nobody waits any more."""
        with self._lock:
            if self._stage is not Stage.QUEUED:
                return False
            self._stage = Stage.RUNNING
            self._begun = True
            return True

    def perform(self) -> bool:
        """Prepare and call the function; return whether the answer came while somebody waited."""
        try:
            if self._prepare is not None:
                self._prepare()
            if self._is_waited_for():
                self._value = self._function()
        except BaseException as error:  # noqa: BLE001  it is the waiter's, whatever it is
            self._error = error
        return self._answer()

    def refuse(self, error: ServerUnavailable) -> None:
        """Answer a call that was not begun."""
        self._error = error
        self._answer()

    def result(self) -> T:
        """Wait for the answer, until the deadline.

        :raises ServerUnavailable: it was not begun in time, so nothing was done
        :raises DeadlineExceeded: it was begun and not answered in time
        """
        try:
            while (remaining := self.remaining_seconds) and not self._answered.wait(remaining):
                pass  # the clock may have stood still meanwhile
        except BaseException:
            self._answered.wait(min(INTERRUPT_GRACE_SECONDS, self.remaining_seconds))
            self.give_up()
            raise
        stage = self.give_up()
        if stage is Stage.QUEUED:
            raise ServerUnavailable(
                f"{self._server} was too busy to begin the call within {self._seconds:g} s.",
                remedy="Try again; nothing was done.",
            )
        if stage is Stage.RUNNING:
            raise DeadlineExceeded(f"{self._server} did not answer within {self._seconds:g} s.")
        if self._error is not None:
            raise self._error
        return self._value

    def give_up(self) -> Stage:
        """Wait no more: unless there is an answer already, it will be dropped. Return the stage it was in."""
        with self._lock:
            stage = self._stage
            if stage in {Stage.QUEUED, Stage.RUNNING}:
                self._stage = Stage.GIVEN_UP
                self._on_given_up(self, stage)  # under the lock: the worker must not return before it is counted
        return stage

    def _is_waited_for(self) -> bool:
        with self._lock:
            return self._stage is not Stage.GIVEN_UP

    def _answer(self) -> bool:
        with self._lock:
            in_time = self._stage is not Stage.GIVEN_UP
            if in_time:
                self._stage = Stage.ANSWERED
        self._answered.set()
        if in_time and self._on_answer is not None:
            self._on_answer(self)
        return in_time
