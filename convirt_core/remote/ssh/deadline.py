"""When a call has to be over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Deadline:
    """A moment of a monotonic clock, shared by all the steps of one call.

    :param seconds: from now
    :param clock: may stand still while a person is asked
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._moment = clock() + seconds

    @property
    def remaining(self) -> float:
        """Seconds until then; never negative."""
        return max(0.0, self._moment - self._clock())

    @property
    def has_passed(self) -> bool:
        """Whether it is over."""
        return self._clock() >= self._moment
