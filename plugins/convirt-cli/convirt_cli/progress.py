"""How long work goes on: a bar on a terminal, lines otherwise. Always on standard error."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

import click

from convirt_cli.parts import one_line
from convirt_core.errors import ConvirtError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_cli.invocation import Invocation
    from convirt_core.model import Task

_POLL_SECONDS = 0.2


class Display(Protocol):
    """Shows one task."""

    def show(self, task: Task) -> None:
        """Show how far it is now."""
        ...


class Lines:
    """A line for each new stage, and for each further quarter of one. What follows a colon is how far it is."""

    def __init__(self) -> None:
        self._shown: tuple[str, int] | None = None

    def show(self, task: Task) -> None:
        """Write a line if there is something new."""
        quarter = -1 if task.progress is None else int(task.progress * 4)
        stage = task.message.partition(": ")[0]
        if not stage or (stage, quarter) == self._shown:
            return
        self._shown = (stage, quarter)
        share = "" if task.progress is None else f" ({task.progress:.0%})"
        click.echo(one_line(f"… {task.message}{share}"), err=True)


@contextmanager
def showing_progress(run: Invocation) -> Iterator[None]:
    """Show the running task of this process while the block works on it."""
    ended = threading.Event()
    with _display() as display:
        watcher = threading.Thread(target=_watch, args=(run, display, ended), name="progress", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


def _watch(run: Invocation, display: Display, ended: threading.Event) -> None:
    # The record is what every front end shows; the work itself need not know who looks.
    mine = f"{os.getpid()}@"
    while not ended.wait(_POLL_SECONDS):
        with suppress(ConvirtError, OSError):  # a store that is busy, a reader that has gone: the work goes on
            for task in run.app.tasks.list(running_only=True):
                if task.owner.startswith(mine):
                    display.show(task)
                    break


def _display() -> AbstractContextManager[Display]:
    if sys.stderr.isatty():
        from convirt_cli.rich_progress import Bar  # noqa: PLC0415  rich takes 60 ms to import: only for a terminal

        return Bar()
    return _lines()


@contextmanager
def _lines() -> Iterator[Display]:
    yield Lines()
