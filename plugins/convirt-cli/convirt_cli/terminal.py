"""A terminal in raw mode, put back whatever happens."""

from __future__ import annotations

import sys
import termios
import tty
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_interactive() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.__stdout__ is not None and sys.__stdout__.isatty()


@contextmanager
def raw(descriptor: int) -> Iterator[None]:
    """Hand every key through as it is pressed, Ctrl-C too."""
    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor, termios.TCSANOW)
        yield
    finally:
        # What was typed ahead belongs to the guest, not to the shell that comes back.
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
