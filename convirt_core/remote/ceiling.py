"""How many calls may be in progress at once over all servers of an application."""

from __future__ import annotations

import threading
from collections import deque


class Ceiling:
    """A number of places, given out strictly in the order of asking.

    A server asks for as many places as it has workers, so one server never holds more than that; and a worker
    whose caller has given up gives its place back, so that hung servers do not use the places up.

    :param places: calls in progress at once
    """

    def __init__(self, places: int = 64) -> None:
        self._lock = threading.Lock()
        self._free = places
        self._line: deque[threading.Event] = deque()

    def enter(self) -> None:
        """Take a place, waiting for one if need be."""
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Event()
            self._line.append(turn)
        turn.wait()

    def leave(self) -> None:
        """Give the place back, to the first in the line if there is one."""
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._free += 1
