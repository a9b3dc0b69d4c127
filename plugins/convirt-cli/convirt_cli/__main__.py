"""The process `convirt`: its signals. What it does is in `program`, which is imported when they are handled."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

_INTERRUPTED = 130
"""`ExitCode.INTERRUPTED`, before that can be imported."""

_NEW_OBJECTS = 50_000
"""So many are made before the next search for garbage; Python searches after 700."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code. What a user can cause is one sentence, never a traceback."""
    _spare_searches_for_garbage()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup(1) has the terminal's end ignored
            signal.signal(number, _interrupt)
    atexit.register(_be_deaf)
    _fill_closed_streams()
    try:
        from convirt_cli.program import run  # noqa: PLC0415  it takes a while, in which Ctrl-C may come already

        return run(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return _INTERRUPTED


def _spare_searches_for_garbage() -> None:
    """Look less often for garbage, and not at all when the process ends.

    What is imported lives until then. To search it time and again while it is imported finds nothing and takes
    3 % of `vm list`; to take it apart at the end, where the system frees it anyway, takes 8 %.
    """
    gc.set_threshold(_NEW_OBJECTS)
    atexit.register(gc.freeze)


def _fill_closed_streams() -> None:
    """Open what the caller closed (`>&-`) as nothing, before a file of ours takes its number and is written to."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    sys.stdin = sys.stdin or os.fdopen(0, "r", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """A polite request to end is treated as Ctrl-C: what was being made is removed again."""
    del number, frame
    raise KeyboardInterrupt


def _be_deaf() -> None:
    """Let no signal change how a command ends that has been done."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
