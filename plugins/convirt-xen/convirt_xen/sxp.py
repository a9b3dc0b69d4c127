"""Old files of xend's: s-expressions, as `xm list --long` wrote them and `xm create -F` read them.

A list in parentheses of words, texts in quotes (single or double, a backslash keeps the next character) and lists
(Xen 3.4, `tools/python/xen/xend/sxp.py`).
"""

from __future__ import annotations

import re

from convirt_core.errors import ConfigError

Sxp = str | list["Sxp"]

_LONGEST = 1 << 20
_TOKEN = re.compile(
    r"""([()])|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s()"']+)|(\s+)""",
    re.DOTALL,
)


def read_sxp(text: str, source: str = "") -> list[Sxp]:
    """Read one list.

    :param source: a name for it, for messages
    :raises ConfigError: it is none; says line and column
    """
    if len(text) > _LONGEST:
        raise ConfigError("longer than 1 MiB", source=source)
    whole: list[list[Sxp]] = []
    open_lists: list[list[Sxp]] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _error(text, at, "the text has no end", source)
        mark, double, single, word, blank = found.groups()
        if not blank and not open_lists and (mark != "(" or whole):
            raise _error(text, at, "there is more than one list" if whole else "'(' is expected", source)
        if mark == "(":
            inner: list[Sxp] = []
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


def _error(text: str, at: int, reason: str, source: str) -> ConfigError:
    return ConfigError(reason, source=source, line=text.count("\n", 0, at) + 1, column=at - text.rfind("\n", 0, at))
