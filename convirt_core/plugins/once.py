"""Make each thing once, whichever thread asks first."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from convirt_core.errors import ConvirtError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class _Slot(Generic[T]):
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.value: T | None = None
        self.error: ConvirtError | None = None


class OnceEach(Generic[T]):
    """Values by key, each made when first asked for. A failure is kept too: it is not tried again.

    Every key has a lock of its own, so that one plugin that hangs on import does not hold up another.
    """

    def __init__(self, make: Callable[[str], T]) -> None:
        self._make = make
        self._slots: dict[str, _Slot[T]] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> T:
        """Return the value. Raises the `ConvirtError` that its making raised, each time."""
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
        with slot.lock:
            if slot.value is None and slot.error is None:
                self._fill(slot, key)
        if slot.error is not None:
            raise slot.error.with_traceback(None)
        assert slot.value is not None
        return slot.value

    def made(self) -> list[T]:
        """Return the values that exist by now."""
        with self._lock:
            return [slot.value for slot in self._slots.values() if slot.value is not None]

    def _fill(self, slot: _Slot[T], key: str) -> None:
        try:
            slot.value = self._make(key)
        except ConvirtError as error:
            slot.error = error
