"""The progress bar of a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from convirt_cli.parts import one_line

if TYPE_CHECKING:
    from types import TracebackType

    from convirt_core.model import Task


class Bar:
    """One bar with the stage it is at; gone when it ends."""

    def __init__(self) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
        self._progress = Progress(*columns, TimeElapsedColumn(), console=Console(file=sys.stderr), transient=True)
        self._bar = self._progress.add_task("", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, task: Task) -> None:
        """Show how far it is now."""
        total = None if task.progress is None else 1.0
        description = str(Text(one_line(task.message or task.title)))
        self._progress.update(self._bar, description=description, total=total, completed=task.progress or 0.0)
