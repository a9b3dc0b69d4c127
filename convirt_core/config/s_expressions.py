"""S-expressions, the format of old definitions: a list in parentheses of words, texts and lists.

A text is in quotes, single or double; a backslash keeps the next character (Xen 3.4,
`tools/python/xen/xend/sxp.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convirt_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

SExpression = str | list["SExpression"]

_TOKEN = re.compile(r"""([()])|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s()"']+)|(\s+)""", re.DOTALL)


def read_s_expression(text: str, source: str = "") -> list[SExpression]:
    """Read one list.

    :param source: a name for it, for messages
    :raises ConfigError: it is none; says line and column
    """
    whole: list[list[SExpression]] = []
    open_lists: list[list[SExpression]] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _error(text, at, "the text has no end", source)
        mark, double, single, word, blank = found.groups()
        if not blank and not open_lists and (mark != "(" or whole):
            raise _error(text, at, "there is more than one list" if whole else "'(' is expected", source)
        if mark == "(":
            inner: list[SExpression] = []
            (open_lists[-1] if open_lists else whole).append(inner)
            open_lists.append(inner)
        elif mark:
            open_lists.pop()
        elif not blank:
            open_lists[-1].append(word or re.sub(r"\\(.)", r"\1", double or single or "", flags=re.DOTALL))
        at = found.end()
    if open_lists or not whole:
        raise _error(text, len(text), "a ')' is missing" if whole else "'(' is expected", source)
    return whole[0]


def lists_named(parent: Sequence[SExpression], name: str) -> list[list[SExpression]]:
    """Return the lists in a list that begin with a word."""
    return [part for part in parent if isinstance(part, list) and part and part[0] == name]


def text_named(parent: Sequence[SExpression], name: str) -> str:
    """Return the text of `(name text)`, or nothing."""
    found = next(iter(lists_named(parent, name)), [])
    return found[1] if len(found) > 1 and isinstance(found[1], str) else ""


def _error(text: str, at: int, reason: str, source: str) -> ConfigError:
    return ConfigError(reason, source=source, line=text.count("\n", 0, at) + 1, column=at - text.rfind("\n", 0, at))
