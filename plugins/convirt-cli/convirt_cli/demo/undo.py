"""What is to be undone, in reverse order, whatever fails on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError, OperationFailed

if TYPE_CHECKING:
    from collections.abc import Callable


class Undo:
    """Actions that take away what was made. Each is added before the thing is made: it may not be there."""

    def __init__(self) -> None:
        self._actions: list[Callable[[], object]] = []

    def add(self, action: Callable[[], object]) -> None:
        """Add the next action; it will be done before those that are there."""
        self._actions.append(action)

    def run(self) -> None:
        """Do all actions. Raises `OperationFailed` with a sentence for each that failed, after the last."""
        failures: list[Exception] = []
        while self._actions:
            try:
                self._actions.pop()()
            except Exception as error:  # noqa: BLE001  whatever it is, what is left on the machine is worse
                failures.append(error)
        if failures:
            messages = " ".join(_sentence(error) for error in failures)
            raise OperationFailed(f"Not everything could be undone: {messages}") from failures[0]


def _sentence(error: Exception) -> str:
    """Return what went wrong; an error that nobody foresaw tells its kind too."""
    return error.message if isinstance(error, ConvirtError) else f"{type(error).__name__}: {error}."
