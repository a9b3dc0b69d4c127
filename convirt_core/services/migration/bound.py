"""How long a migration may take, with all of its steps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from convirt_core.errors import NotDone

if TYPE_CHECKING:
    from collections.abc import Callable


class Bound:
    """Runs from now on.

    :param name: the VM's
    :param seconds: None: as long as it goes on
    :param remedy: when it has passed
    :param monotonic: seconds
    """

    def __init__(
        self, name: str, seconds: float | None, *, remedy: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._seconds = seconds
        self._remedy = remedy
        self._monotonic = monotonic
        self._begun = monotonic()

    @property
    def has_passed(self) -> bool:
        """Whether it lasts longer."""
        return self._seconds is not None and self._monotonic() - self._begun >= self._seconds

    def check(self) -> None:
        """Raise `NotDone` if it has passed."""
        if self.has_passed:
            raise NotDone(f"{self._name} was not there within {self._seconds:g} s.", remedy=self._remedy)
