"""Why something is refused, in words for the person who wrote it.

The parser knows only that a token does not fit; what it would have meant to Python is told here.
"""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from convirt_core.config.values import CONSTANTS

if TYPE_CHECKING:
    from convirt_core.config.lexer import Token
    from convirt_core.config.source import Source
    from convirt_core.errors import ConfigError

_IS_DATA = "this file is data and nothing in it is executed"
_WRITE_A_VALUE = "Write the value itself: a string in quotes, a number, a list, True, False or None."
_WRITE_A_SETTING = "Write one setting per line: name = value."

_KEYWORDS = {
    **dict.fromkeys(("import", "from"), "an import"),
    **dict.fromkeys(("for", "async"), "a loop or comprehension"),
    **dict.fromkeys(("if", "elif", "else"), "a condition"),
    **dict.fromkeys(("and", "or", "not", "in", "is"), "an operation"),
    "def": "a function",
    "class": "a class",
    "lambda": "a lambda",
}
_AFTER_NAME = {
    "(": "a call of {0!r}",
    ".": "attribute access to {0!r}",
    "[": "a subscript of {0!r}",
    ":": "an annotation of {0!r}",
    ",": "setting several names at once",
}
_AFTER_VALUE = {
    "(": "a call",
    ".": "attribute access",
    "[": "a subscript",
    ":": "a colon behind a value",
    "=": "a second '='",
}
_FORGOTTEN_CAPITALS = {name.lower(): name for name in CONSTANTS}

_FOLLOWING = re.compile(r"[ \t\f]*(.?)(.?)")


def not_a_setting(source: Source, token: Token) -> ConfigError:
    """Say why no statement begins with `token`."""
    if token.kind == "name" and token.text in CONSTANTS:
        return source.error(token.start, f"{token.text} cannot name a setting", remedy=_WRITE_A_SETTING)
    if keyword.iskeyword(token.text):
        return _executable(source, token, _keyword(token))
    shown = {"string": "a string", "number": "a number"}.get(token.kind, repr(token.text))
    return source.error(token.start, f"{shown} where a setting should begin", remedy=_WRITE_A_SETTING)


def not_assigned(source: Source, name: Token, token: Token) -> ConfigError:
    """Say why `token`, which stands behind a setting's name in place of '=', is refused."""
    if token.kind == "symbol":
        following, after = _following(source, name)
        if following != "=" and after in {"=", following}:
            return _executable(source, token, f"the operator '{following}{after}'")
        if token.text in _AFTER_NAME:
            return _executable(source, name, _AFTER_NAME[token.text].format(name.text))
    return source.error(token.start, f"'=' is missing behind {name.text!r}", remedy=_WRITE_A_SETTING)


def missing_value(source: Source, offset: int) -> ConfigError:
    """Say that a value is missing where the line ends or the next element begins."""
    return source.error(offset, "the value is missing", remedy=_WRITE_A_VALUE)


def not_a_value(source: Source, token: Token) -> ConfigError:
    """Say why `token` is refused where a value should be."""
    if token.is_symbol(";,)]}"):
        return missing_value(source, token.start)
    if token.kind == "name":
        return _name_as_value(source, token)
    if token.is_symbol("$"):
        return source.error(token.start, "a variable outside of quotes", remedy='Write it as "$NAME".')
    if token.is_symbol("*"):
        return _executable(source, token, "'*'")
    return source.error(token.start, f"{token.text!r} where a value should be", remedy=_WRITE_A_VALUE)


def not_an_end(source: Source, token: Token, expected: str) -> ConfigError:
    """Say why `token` is refused behind a value.

    :param expected: what may stand there, in words
    """
    if keyword.iskeyword(token.text) and token.text not in CONSTANTS:
        return _executable(source, token, _keyword(token))
    if token.kind == "symbol" and token.text in _AFTER_VALUE:
        return _executable(source, token, _AFTER_VALUE[token.text])
    if token.is_symbol("-*/%@&|^<>!"):
        return _executable(source, token, f"the operator {token.text!r}")
    shown = {"string": "a string", "number": "a number", "newline": "the end of the line"}
    what = "the end of the file" if token.kind == "end" else shown.get(token.kind, repr(token.text))
    remedy = "Put several values into a list, in brackets." if token.is_symbol(",") else ""
    return source.error(token.start, f"{what} where {expected} should be", remedy=remedy)


def _name_as_value(source: Source, token: Token) -> ConfigError:
    following, _ = _following(source, token)
    if following in {"(", ".", "["} and not keyword.iskeyword(token.text):
        return _executable(source, token, _AFTER_NAME[following].format(token.text))
    if meant := _FORGOTTEN_CAPITALS.get(token.text.lower()):
        return source.error(token.start, f"{token.text!r} is not a value", remedy=f"Write {meant}.")
    if keyword.iskeyword(token.text):
        return _executable(source, token, _keyword(token))
    return _executable(source, token, f"the name {token.text!r} as a value")


def _executable(source: Source, token: Token, what: str) -> ConfigError:
    return source.error(token.start, f"{what} is refused: {_IS_DATA}", remedy=_WRITE_A_VALUE)


def _keyword(token: Token) -> str:
    return _KEYWORDS.get(token.text, f"the keyword {token.text!r}")


def _following(source: Source, token: Token) -> tuple[str, str]:
    """Return the next two characters behind `token` and blanks, each possibly empty."""
    found = _FOLLOWING.match(source.text, token.end)
    return (found[1], found[2]) if found else ("", "")
