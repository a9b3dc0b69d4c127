"""How quickly what is left becomes less, for a hypervisor that does not say so."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_SECONDS = 5.0
"""What the rate is of: long enough not to jump, short enough to show a line that has become slow."""


class Rate:
    """Computed from what was left at each look.

    :param monotonic: seconds
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._looks: deque[tuple[float, int]] = deque()

    def bytes_per_second(self, remaining_bytes: int) -> int | None:
        """Return the rate, 0 if more has become of it; None: this is the first look.

        :param remaining_bytes: what is left now
        """
        now = self._monotonic()
        self._looks.append((now, remaining_bytes))
        while len(self._looks) > 1 and self._looks[1][0] <= now - WINDOW_SECONDS:
            self._looks.popleft()
        then, remaining_then = self._looks[0]
        if now <= then:
            return None
        return max(0, round((remaining_then - remaining_bytes) / (now - then)))
