"""Ctrl-C in the demonstration: the first ends it, no further one disturbs the clearing up."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interrupted_once() -> Iterator[None]:
    """Raise `KeyboardInterrupt` at the first signal and ignore all further ones until the block has ended."""
    before = {number: signal.signal(number, _raise_once) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def shield() -> None:
    """Ignore the signals from now on: nothing must disturb the clearing up."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _raise_once(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    shield()
    raise KeyboardInterrupt
