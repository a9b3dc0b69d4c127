"""A clock that is set by the test."""

from __future__ import annotations


class Clock:
    """It stands still until it is set; seconds, beginning at 1,000."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now
