"""Small exchanges in a text, so that all the rest stays byte for byte."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convirt_core.config.source import Source

_REST = re.compile(r"[ \t\f]*(?=\r\n|\r|\n|\Z)")
_LINE_END = re.compile(r"\r\n|\r|\n|\Z")


class Splice(NamedTuple):
    """Put `text` in place of what stands between two offsets (nothing, where they are equal)."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """Return `text` with all splices done; they do not overlap, and those of one place keep their order."""
    pieces: list[str] = []
    position = 0
    for splice in sorted(splices, key=lambda one: one.start):
        pieces += [text[position : splice.start], splice.text]
        position = splice.end
    return "".join([*pieces, text[position:]])


def cut(source: Source, start: int, end: int) -> Splice:
    """Take away a piece of the text, and the whole line where nothing else stands in it."""
    if source.begins_line(start) and (rest := _REST.match(source.text, end)):
        start = source.line_start(start)
        line_end = _LINE_END.match(source.text, rest.end())
        end = line_end.end() if line_end else end
    return Splice(start, end, "")
