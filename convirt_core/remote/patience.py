"""The clock of deadlines, which stands still while a person is asked something."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Patience:
    """A monotonic clock in seconds. A server that asks for a password is not late while somebody types it.

    :param clock: likewise, that never stands still
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._questions = 0
        self._stopped_at = 0.0
        self._stood = 0.0

    def now(self) -> float:
        """Return the time, without what was spent on questions."""
        with self._lock:
            return (self._stopped_at if self._questions else self._clock()) - self._stood

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Let it stand still for the time of the block."""
        with self._lock:
            if not self._questions:
                self._stopped_at = self._clock()
            self._questions += 1
        try:
            yield
        finally:
            with self._lock:
                self._questions -= 1
                if not self._questions:
                    self._stood += self._clock() - self._stopped_at
