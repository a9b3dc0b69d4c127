"""An answer as plain, aligned text, where standard output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from convirt_cli.parts import Facts, Heading, Part, Table, cell_text, column_widths, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def write(parts: Iterable[Part], stream: TextIO) -> None:
    """Write the parts of an answer."""
    for part in parts:
        stream.writelines(f"{line}\n" for line in lines(part))


def lines(part: Part) -> list[str]:
    """Return a part as plain lines."""
    if isinstance(part, str):
        return visible(part).splitlines()
    if isinstance(part, Heading):
        return [*([] if part.is_first else [""]), part.text, "=" * len(part.text)]
    if isinstance(part, Facts):
        width = max((len(label) for label, _ in part.rows), default=0)
        return [part.title, *(f"  {label:<{width}}  {cell_text(value)}".rstrip() for label, value in part.rows)]
    return _aligned(part)


def _aligned(table: Table) -> list[str]:
    if not table.rows:
        return []
    rows = [[cell_text(cell) for cell in row] for row in table.rows]
    if not table.widths:
        rows.insert(0, [heading.upper() for heading in table.headings])
    return [_line(row, column_widths(table), table.right) for row in rows]


def _line(row: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    cells = (
        text.rjust(width) if column in right else text.ljust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()
