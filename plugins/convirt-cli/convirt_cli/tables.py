"""What an answer looks like to a person: tables and lists of labelled values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Cell = str | int | float | bool | None


class Table(NamedTuple):
    """Rows under headings.

    :param right: indexes of columns of numbers, which stand to the right
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    right: frozenset[int] = frozenset()


class Facts(NamedTuple):
    """Labelled values under a title."""

    title: str
    rows: Sequence[tuple[str, Cell]]


Part = str | Table | Facts


def write(parts: Iterable[Part], stream: TextIO) -> None:
    """Write the parts of an answer, with rich on a terminal, plainly aligned otherwise."""
    if stream.isatty():
        from convirt_cli import rich_tables  # noqa: PLC0415  rich takes 60 ms to import: only for a terminal

        rich_tables.write(parts, stream)
        return
    for part in parts:
        stream.writelines(f"{line}\n" for line in lines(part))


def lines(part: Part) -> list[str]:
    """Return a part as plain lines."""
    if isinstance(part, str):
        return part.splitlines()
    if isinstance(part, Facts):
        width = max((len(label) for label, _ in part.rows), default=0)
        return [part.title, *(f"  {label:<{width}}  {cell_text(value)}".rstrip() for label, value in part.rows)]
    return _aligned(part)


def cell_text(value: Cell) -> str:
    """Return a value as a person reads it."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _aligned(table: Table) -> list[str]:
    if not table.rows:
        return []
    rows = [[heading.upper() for heading in table.headings], *([cell_text(cell) for cell in row] for row in table.rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.headings))]
    return [_line(row, widths, table.right) for row in rows]


def _line(row: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    cells = (
        text.rjust(width) if column in right else text.ljust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()
