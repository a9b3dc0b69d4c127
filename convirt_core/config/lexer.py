"""From text to tokens: Python's, as far as literals need them, and nothing more.

Blanks and backslash-newline vanish; comments are tokens, because editing must keep them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.config.source import Source


class Token(NamedTuple):
    """A piece of the text.

    :param kind: name, number, string, comment, newline, symbol (any other single character) or end
    :param start: its offset in the text
    """

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset just behind it."""
        return self.start + len(self.text)

    def is_symbol(self, characters: str) -> bool:
        """Whether it is one of these punctuation characters."""
        return self.kind == "symbol" and self.text in characters


# A backslash takes the next character with it, whatever it is; each branch begins differently, so
# matching takes one pass.
_STRING = r"""
    [uUrR]?(?:
        \"{3} (?: [^\\] | \\. )*? \"{3}
      | '{3}  (?: [^\\] | \\. )*? '{3}
      | \"(?!\"\") (?: [^\"\\\r\n] | \\(?:\r\n|.) )* \"
      | '(?!'')    (?: [^'\\\r\n]  | \\(?:\r\n|.) )* '
    )
"""

_TOKEN = re.compile(
    rf"""
    (?P<blank>        (?: [ \t\f] | \\(?:\r\n|\r|\n) )+ )
  | (?P<comment>      \#[^\r\n]* )
  | (?P<newline>      \r\n | \r | \n )
  | (?P<string>       {_STRING} )
  | (?P<unclosed>     [uUrR]?['\"] )
  | (?P<prefixed>     [A-Za-z]{{1,2}}(?=['\"]) )
  | (?P<number>       \.?[0-9] (?: [eE][+-](?=[0-9]) | [0-9A-Za-z_.] )* )
  | (?P<name>         [A-Za-z_][A-Za-z0-9_]* )
  | (?P<symbol>       . )
    """,
    re.VERBOSE | re.DOTALL,
)

_PREFIXES = {"f": "an f-string runs code and is", "b": "a bytes literal is", "t": "a t-string runs code and is"}


def tokens(source: Source) -> Iterator[Token]:
    """Yield the tokens of the text, the last one of kind `end`.

    :raises ConfigError: a string that is not closed, or of a kind that is not read
    """
    for match in _TOKEN.finditer(source.text):
        kind = match.lastgroup or ""
        if kind == "unclosed":
            raise source.error(match.start(), "this string is not closed")
        if kind == "prefixed":
            raise source.error(match.start(), _refused_prefix(match[0]))
        if kind != "blank":
            yield Token(kind, match[0], match.start())
    yield Token("end", "", len(source.text))


def _refused_prefix(prefix: str) -> str:
    what = next((text for letter, text in _PREFIXES.items() if letter in prefix.lower()), None)
    return f"{what or f'the string prefix {prefix!r} is'} not read, only plain strings are"
