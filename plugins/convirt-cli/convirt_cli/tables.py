"""Writing an answer to a person: with rich on a terminal, plainly otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from convirt_cli import plain_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convirt_cli.parts import Part


def write(parts: Iterable[Part], stream: TextIO) -> None:
    """Write the parts of an answer."""
    if stream.isatty():
        from convirt_cli import rich_tables  # noqa: PLC0415  rich takes 60 ms to import: only for a terminal

        rich_tables.write(parts, stream)
    else:
        plain_tables.write(parts, stream)
