"""The same tables in colour, for a terminal. The only importer of rich beside the progress bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TextIO

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table as RichTable
from rich.text import Text

from convirt_cli.parts import Facts, Heading, Part, Table, cell_text, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from rich.console import JustifyMethod

_SHORT = 12
"""Characters: a column up to this width holds words of state, sizes, ids, times."""

_GAP = 3
"""Characters that a column takes beside its own, at most."""

_COLOURS = {
    "running": "green",
    "up": "green",
    "ok": "green",
    "done": "green",
    "paused": "yellow",
    "suspect": "yellow",
    "warning": "yellow",
    "interrupted": "yellow",
    "failed": "red",
    "error": "red",
    "crashed": "red",
    "down": "red",
}
"""Words of state that are coloured wherever they fill a cell."""


def write(parts: Iterable[Part], stream: TextIO) -> None:
    """Write the parts to a terminal; text is printed as it is, never read as markup."""
    console = Console(file=stream, highlight=False, markup=False)
    for part in parts:
        if isinstance(part, Table):
            if part.rows:
                console.print(_table(part, console.width))
        elif isinstance(part, Facts):
            console.print(Text(part.title, style="bold"))
            console.print(_facts(part))
        elif isinstance(part, Heading):
            console.print(Text(part.text if part.is_first else f"\n{part.text}", style="bold underline"))
        else:
            console.print(Text(visible(part)), soft_wrap=True)


def _table(table: Table, width: int) -> RichTable:
    shown = RichTable(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        header_style="bold",
        show_header=not table.widths,
        show_edge=not table.widths,
    )
    unbroken = unbroken_columns(table, width)
    for column, heading in enumerate(table.headings):
        justify: JustifyMethod = "right" if column in table.right else "left"
        least = table.widths[column] if column in unbroken and table.widths else None
        shown.add_column(heading, justify=justify, overflow="fold", no_wrap=column in unbroken, min_width=least)
    for row in table.rows:
        shown.add_row(*(_coloured(cell_text(cell)) for cell in row))
    return shown


def unbroken_columns(table: Table, width: int) -> frozenset[int]:
    """Return the columns that keep their width where the others must be folded: the short ones, if they find room.

    :param width: of the terminal, in characters
    """
    widths = [max(map(len, column)) for column in zip(table.headings, *_texts(table), strict=True)]
    short = frozenset(column for column, needed in enumerate(widths) if needed <= _SHORT)
    needed = sum(widths[column] for column in short) + _SHORT * (len(widths) - len(short)) + _GAP * len(widths)
    return short if needed <= width else frozenset()


def _texts(table: Table) -> Iterator[list[str]]:
    return ([cell_text(cell) for cell in row] for row in table.rows)


def _facts(facts: Facts) -> RichTable:
    shown = RichTable(box=None, show_header=False, pad_edge=True)
    for _ in ("label", "value"):
        shown.add_column(overflow="fold")
    for label, value in facts.rows:
        shown.add_row(Text(label, style="dim"), _coloured(cell_text(value)))
    return shown


def _coloured(text: str) -> Text:
    return Text(text, style=_COLOURS.get(text, ""))


class LiveTable:
    """A table that stays in its place on a terminal while its rows change. A context manager."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False, markup=False)
        self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, table: Table) -> None:
        """Show it as it is now."""
        self._live.update(_table(table, self._console.width), refresh=True)
