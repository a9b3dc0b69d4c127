"""The values of single string and number tokens.

Strings: Python 3's rules ("String and Bytes literals" of its language reference), unknown escapes kept as
they stand. Numbers: Python's, and the old octal `0755`, which Python 2 and xl (strtol with base 0) read so.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING

from convirt_core.config.values import MAX_NUMBER_LENGTH

if TYPE_CHECKING:
    from convirt_core.config.lexer import Token
    from convirt_core.config.source import Source

_LINE_END = re.compile(r"\r\n?")
_ESCAPE = re.compile(
    r"\\(\r\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|.)|\r\n?", re.DOTALL
)
_SIMPLE_ESCAPES = {
    **dict.fromkeys(("\n", "\r", "\r\n"), ""),
    **{quoted: quoted for quoted in "\\'\""},
    **dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True)),
}

_DIGITS = r"[0-9](?:_?[0-9])*"
_FLOAT = re.compile(rf"(?:{_DIGITS}\.(?:{_DIGITS})?|\.{_DIGITS}|{_DIGITS}(?=[eE]))(?:[eE][+-]?{_DIGITS})?")
_INTEGERS = {
    10: re.compile(r"[1-9](?:_?[0-9])*"),
    16: re.compile(r"0[xX](?:_?[0-9a-fA-F])+"),
    8: re.compile(r"0(?:[oO](?:_?[0-7])+|(?:_?[0-7])*)"),
    2: re.compile(r"0[bB](?:_?[01])+"),
}


def read_string(source: Source, token: Token) -> str:
    """Return what the string token means.

    :raises ConfigError: an escape that means no character, with its place
    """
    opening = _opening(token.text)
    body = token.text[len(opening) : -len(opening.lstrip("uUrR"))]

    def unescaped(match: re.Match[str]) -> str:
        if match[1] is None:
            return "\n"
        character = _character(match[1])
        if character is None:
            at = token.start + len(opening) + match.start()
            raise source.error(at, f"the escape \\{match[1][0]} here means no character")
        return character

    if opening[0] in "rR":
        return _LINE_END.sub("\n", body)
    return _ESCAPE.sub(unescaped, body)


def _opening(text: str) -> str:
    """Return the prefix and the quotes that open a string."""
    prefix = text[0] if text[0] in "uUrR" else ""
    quote = text[len(prefix)]
    return prefix + (quote * 3 if text.startswith(quote * 3, len(prefix)) else quote)


def _character(escape: str) -> str | None:
    """Return what stands for backslash and `escape`, or None where that is no character."""
    if escape in _SIMPLE_ESCAPES:
        return _SIMPLE_ESCAPES[escape]
    if escape[0] in "01234567":
        return chr(int(escape, 8))
    if escape[0] not in "xuUN":
        return "\\" + escape
    if escape.startswith("N{"):
        return _named(escape[2:-1])
    return _numbered(escape[1:])


def _named(name: str) -> str | None:
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return None


def _numbered(digits: str) -> str | None:
    code = int(digits, 16) if digits else -1
    is_surrogate = 0xD800 <= code <= 0xDFFF
    return chr(code) if 0 <= code <= 0x10FFFF and not is_surrogate else None


def read_number(source: Source, token: Token) -> int | float:
    """Return the number.

    :raises ConfigError: not a number, or one that is too large
    """
    if len(token.text) > MAX_NUMBER_LENGTH:
        raise source.error(token.start, f"a number of more than {MAX_NUMBER_LENGTH} characters")
    digits = token.text.replace("_", "")
    for base, pattern in _INTEGERS.items():
        if pattern.fullmatch(token.text):
            return int(digits.lstrip("0oO") or "0", 8) if base == 8 else int(digits, base)
    if _FLOAT.fullmatch(token.text) and math.isfinite(number := float(digits)):
        return number
    raise source.error(
        token.start,
        f"{token.text!r} is not a number that can be read",
        remedy="Put it in quotes if it is text; a leading zero means octal, as in xl.",
    )
