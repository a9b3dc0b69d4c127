"""Deliver announcements in order, without making the announcer wait."""

from __future__ import annotations

import logging
import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger("convirt.plugins")

_MOST = 10_000
"""Announcements that may wait. Beyond it they are dropped: a slow listener must not eat the memory."""


class Deliveries:
    """A queue with one daemon thread, started by the first announcement. Any thread may put."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Callable[[], None] | None] = queue.Queue(_MOST)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def put(self, deliver: Callable[[], None]) -> None:
        """Have `deliver` called soon, after all that was put before. Returns at once."""
        with self._lock:
            if self._is_closed:
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="convirt-deliveries", daemon=True)
                self._thread.start()
        try:
            self._queue.put_nowait(deliver)
        except queue.Full:
            _log.warning("Extensions are too slow: an event was not delivered.")

    def close(self, seconds: float) -> None:
        """Take no more; wait at most `seconds` for what was put. May be called twice."""
        with self._lock:
            self._is_closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._end()
            thread.join(seconds)

    def _end(self) -> None:
        try:
            self._queue.put_nowait(None)
        except queue.Full:
            _log.warning("%d events are not delivered any more.", self._queue.qsize())

    def _work(self) -> None:
        while (deliver := self._queue.get()) is not None:
            deliver()
