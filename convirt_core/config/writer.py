"""From values to text that Python and xl both read (xl knows strings, numbers and lists of them)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from convirt_core.config.values import MAX_DEPTH, MAX_NUMBER_LENGTH, Value, kind_of
from convirt_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SHORT_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def render(value: Value, quote: str = '"', depth: int = 0) -> str:
    """Write `value` on one line.

    :param quote: ' or ", used unless the other one saves escapes
    :raises InvalidInput: a value that the format does not hold
    """
    if isinstance(value, str):
        return _string(value, quote)
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return _number(value)
    if depth == MAX_DEPTH:
        raise InvalidInput(f"more than {MAX_DEPTH} lists in lists")
    return _collection(value, quote, depth + 1)


def render_lines(values: list[Value], quote: str, newline: str, indentation: str) -> str:
    """Write a list with each element on its own line, as deep as its statement and four blanks.

    :raises InvalidInput: see `render`
    """
    between = newline + indentation
    items = (f"{between}    {render(value, quote, 1)}," for value in values)
    return f"[{''.join(items)}{between}]" if values else "[]"


def same(one: Value, other: Value) -> bool:
    """Whether both would be written alike. Unlike `==` this tells True from 1 and 1 from 1.0."""
    return render(one) == render(other)


def _collection(value: object, quote: str, depth: int) -> str:
    def joined(values: Iterable[Value]) -> str:
        return ", ".join(render(item, quote, depth) for item in values)

    if isinstance(value, list):
        return f"[{joined(value)}]"
    if isinstance(value, tuple):
        return f"({joined(value)},)" if len(value) == 1 else f"({joined(value)})"
    if isinstance(value, dict) and not any(isinstance(key, tuple) for key in value):
        pairs = (f"{render(key, quote, depth)}: {render(item, quote, depth)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    raise InvalidInput(
        f"{kind_of(value)} cannot be written as a setting",
        remedy="Use strings, numbers, booleans, None, and lists, tuples and dictionaries of them.",
    )


def _string(value: str, quote: str) -> str:
    if _SURROGATE.search(value):
        raise InvalidInput("a string with a character that UTF-8 cannot hold")
    other = "'" if quote == '"' else '"'
    if quote in value and other not in value:
        quote = other
    escaped = value.replace("\\", r"\\").replace(quote, "\\" + quote)
    escaped = _CONTROL.sub(lambda found: _SHORT_ESCAPES.get(found[0], f"\\x{ord(found[0]):02x}"), escaped)
    return f"{quote}{escaped}{quote}"


def _number(value: float) -> str:
    if isinstance(value, int):
        if abs(value) >= 10 ** (MAX_NUMBER_LENGTH - 1):
            raise InvalidInput(f"a number of more than {MAX_NUMBER_LENGTH} characters")
        return int.__repr__(value)
    if not math.isfinite(value):
        raise InvalidInput(f"{value} is not a number that can be written")
    return float.__repr__(value)
