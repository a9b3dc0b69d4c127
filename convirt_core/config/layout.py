"""How the surroundings of a place are written: what new text there should look like."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convirt_core.config.lexer import Token
    from convirt_core.config.parser import Parsed, Statement


def quote_near(parsed: Parsed, start: int, end: int) -> str:
    """Return the quote of the first string between two offsets, else of the nearest before, else after."""
    at = bisect_left(parsed.strings, start, key=_start)
    if not parsed.strings:
        return '"'
    is_between = at < len(parsed.strings) and parsed.strings[at].start < end
    near = parsed.strings[at if is_between else max(at - 1, 0)]
    return near.text.lstrip("uUrR")[0]


def assignment(parsed: Parsed) -> str:
    """Return `=` with or without blanks around it, as the last setting has it."""
    if not parsed.statements:
        return " = "
    last = parsed.statements[-1]
    written = parsed.source.text[last.name.end : last.node.start]
    return "=" if written == "=" else " = "


def comments_between(parsed: Parsed, start: int, end: int) -> tuple[Token, ...]:
    """Return the comments that begin between two offsets."""
    first = bisect_left(parsed.comments, start, key=_start)
    return parsed.comments[first : bisect_left(parsed.comments, end, key=_start)]


def first_of_line(parsed: Parsed, index: int) -> Statement:
    """Return the statement that begins the logical line of statement `index`."""
    while parsed.statements[index].joined:
        index -= 1
    return parsed.statements[index]


def _start(token: Token) -> int:
    return token.start
