"""Ctrl-C in the demonstration: it ends at the next safe point, and nothing disturbs the clearing up."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convirt_core.services.tasks import Tasks

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CANCEL_SECONDS = 0.1


class Interruption:
    """Whether somebody asked to end.

    An exception out of a signal handler may strike between any two instructions, between the begin of a task and
    its end too. So a signal is only noted; running tasks are asked to stop, which they do where it is safe.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()

    @property
    def is_asked(self) -> bool:
        """Whether a signal has come."""
        return self._asked.is_set()

    def check(self) -> None:
        """Raise `KeyboardInterrupt` once a signal has come. Called where nothing is half-done."""
        if self.is_asked:
            raise KeyboardInterrupt

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note signals in place of dying of them."""
        before = {number: signal.signal(number, lambda *_: self._asked.set()) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def cancelling(self, tasks: Callable[[], Tasks]) -> Iterator[None]:
        """From a signal on, ask every task of this process to stop that runs within the block."""
        over = threading.Event()
        thread = threading.Thread(target=self._cancel, args=(tasks, over), name="demo-cancel", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _cancel(self, tasks: Callable[[], Tasks], over: threading.Event) -> None:
        mine = f"{os.getpid()}@"
        while not over.wait(_CANCEL_SECONDS):
            if not self.is_asked:
                continue
            with suppress(ConvirtError):  # a task that has just ended, a store that is busy: we look again
                for task in tasks().list(running_only=True):
                    if task.owner.startswith(mine):
                        tasks().cancel(task.id)
