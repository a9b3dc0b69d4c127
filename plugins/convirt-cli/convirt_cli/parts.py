"""What an answer to a person is made of: words, tables, and lists of labelled values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_HARMLESS = "\t\n"
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in _HARMLESS}
_AND_LINES = {**_CONTROLS, ord("\n"): "\\n"}

Cell = str | int | float | bool | None


class Table(NamedTuple):
    """Rows under headings.

    :param right: indexes of columns of numbers, which stand to the right
    :param widths: of the columns of rows that were shown before and that these continue, without headings
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    right: frozenset[int] = frozenset()
    widths: tuple[int, ...] = ()


class Facts(NamedTuple):
    """Labelled values under a title."""

    title: str
    rows: Sequence[tuple[str, Cell]]


class Heading(NamedTuple):
    """The name of one of several things, above what is said of it.

    :param is_first: no empty line is needed before it
    """

    text: str
    is_first: bool


Part = str | Table | Facts | Heading


def cell_text(value: Cell) -> str:
    """Return a value as a person reads it."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.1f}" if isinstance(value, float) else visible(str(value))


def column_widths(table: Table) -> tuple[int, ...]:
    """Return how many characters each column takes, headings and the rows shown before included."""
    known = table.widths or tuple(len(heading) for heading in table.headings)
    return tuple(
        max([width, *(len(cell_text(row[column])) for row in table.rows)]) for column, width in enumerate(known)
    )


def visible(text: str) -> str:
    r"""Return a text with its control characters, but for tabs and line breaks, as `\x1b`: a terminal would obey them.

    They may stand in what a server says, and in names of files.
    """
    return text.translate(_CONTROLS)


def one_line(text: str) -> str:
    r"""Return a sentence in one line, whatever the names in it: with line breaks as `\n` too."""
    return text.translate(_AND_LINES)
