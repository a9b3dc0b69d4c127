"""When a call has to be over."""

from __future__ import annotations

import time


class Deadline:
    """A moment of the monotonic clock, shared by all the steps of one call.

    :param seconds: from now
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._moment = time.monotonic() + seconds

    @property
    def remaining(self) -> float:
        """Seconds until then; never negative."""
        return max(0.0, self._moment - time.monotonic())

    @property
    def has_passed(self) -> bool:
        """Whether it is over."""
        return time.monotonic() >= self._moment
