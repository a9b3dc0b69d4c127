"""From tokens to settings with their places. Recursive descent over this grammar; nothing is executed.

    file      = { NEWLINE | ";" | statement (NEWLINE | ";" | END) }
    statement = NAME "=" sum
    sum       = value { "+" value }              all strings or all lists
    value     = STRING { STRING } | ["-" | "+"] NUMBER | "True" | "False" | "None"
              | "(" sum ")" | list | tuple | dictionary

In brackets line ends and comments mean nothing, and a last comma is allowed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from convirt_core.config import refusals
from convirt_core.config.lexer import Token, tokens
from convirt_core.config.literals import read_number, read_string
from convirt_core.config.values import CONSTANTS, MAX_DEPTH, MAX_SETTINGS, Scalar, Value, is_name, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.config.source import Source
    from convirt_core.errors import ConfigError

Element = TypeVar("Element")

_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*[ \t]*=")


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands.

    :param start: offset of its first character
    :param end: offset behind its last one
    :param items: the elements if it is one list literal, else None
    """

    value: Value
    start: int
    end: int
    items: tuple[Node, ...] | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One `name = value`.

    :param joined: it stands behind another one and `;` in the same logical line
    """

    name: Token
    node: Node
    joined: bool

    @property
    def start(self) -> int:
        """The offset of its name."""
        return self.name.start

    @property
    def end(self) -> int:
        """The offset behind its value."""
        return self.node.end


@dataclass(frozen=True, slots=True)
class Parsed:
    """A whole text, taken apart.

    :param strings: all string tokens, in order
    :param comments: all comment tokens, in order
    """

    source: Source
    statements: tuple[Statement, ...]
    strings: tuple[Token, ...]
    comments: tuple[Token, ...]


def parse(source: Source) -> Parsed:
    """Take the text apart.

    :raises ConfigError: anything but settings with literal values, with the place
    """
    parser = _Parser(source)
    statements = parser.statements()
    return Parsed(source, statements, tuple(parser.strings), tuple(parser.comments))


class _Parser:
    """Holds one token of lookahead and the brackets that are open."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.strings: list[Token] = []
        self.comments: list[Token] = []
        self._tokens = tokens(source)
        self._open: list[Token] = []
        self._end = 0
        self._token = self._next()

    def statements(self) -> tuple[Statement, ...]:
        """Read the whole text."""
        found: list[Statement] = []
        joined = False
        while self._token.kind != "end":
            if self._token.kind == "newline":
                joined = False
                self._advance()
            elif not self._accept(";"):
                if len(found) == MAX_SETTINGS:
                    raise self.source.error(self._token.start, f"more than {MAX_SETTINGS} settings")
                found.append(self._statement(joined=joined))
                joined = True
        return tuple(found)

    def _statement(self, *, joined: bool) -> Statement:
        name = self._token
        if name.kind != "name" or not is_name(name.text):
            raise refusals.not_a_setting(self.source, name)
        self._advance()
        if not self._accept("="):
            raise refusals.not_assigned(self.source, name, self._token)
        node = self._sum()
        if self._token.kind not in {"newline", "end"} and not self._token.is_symbol(";"):
            raise refusals.not_an_end(self.source, self._token, "the end of the line")
        return Statement(name, node, joined)

    def _sum(self) -> Node:
        first = self._value()
        if not self._token.is_symbol("+"):
            return first
        parts = [first]
        while self._accept("+"):
            parts.append(self._value())
        return Node(self._joined(parts), first.start, self._end)

    def _joined(self, parts: list[Node]) -> Value:
        """Join once, at the end: one by one would take quadratic time."""
        texts = [part.value for part in parts if isinstance(part.value, str)]
        lists = [part.value for part in parts if isinstance(part.value, list)]
        if len(texts) == len(parts):
            return "".join(texts)
        if len(lists) == len(parts):
            return [item for one in lists for item in one]
        fits = list if isinstance(parts[0].value, list) else str
        odd = next(part for part in parts if not isinstance(part.value, fits))
        raise self.source.error(odd.start, f"'+' joins strings or lists; {kind_of(odd.value)} does not fit here")

    def _value(self) -> Node:
        token = self._token
        if token.kind == "string":
            return self._string()
        if token.kind == "number" or token.is_symbol("+-"):
            return self._number()
        if token.kind == "name" and token.text in CONSTANTS:
            self._advance()
            return Node(CONSTANTS[token.text], token.start, token.end)
        brackets = {"[": self._list, "(": self._parenthesis, "{": self._dictionary}
        if token.kind == "symbol" and token.text in brackets:
            return brackets[token.text]()
        if unclosed := self._unclosed():
            raise unclosed
        if token.kind in {"newline", "end"}:
            raise refusals.missing_value(self.source, self._end)
        raise refusals.not_a_value(self.source, token)

    def _string(self) -> Node:
        start = self._token.start
        parts = []
        while self._token.kind == "string":
            parts.append(read_string(self.source, self._token))
            self.strings.append(self._token)
            self._advance()
        return Node("".join(parts), start, self._end)

    def _number(self) -> Node:
        start, negative = self._token.start, self._token.is_symbol("-")
        if self._token.kind == "symbol":
            self._advance()
        if self._token.kind != "number":
            raise self.source.error(start, "a sign stands only before a number")
        number = read_number(self.source, self._token)
        self._advance()
        return Node(-number if negative else number, start, self._end)

    def _list(self) -> Node:
        start = self._enter()
        items, _ = self._separated("]", self._sum)
        return Node([item.value for item in items], start, self._leave("]"), tuple(items))

    def _parenthesis(self) -> Node:
        """Read a tuple, or a value that the parentheses only hold together."""
        start = self._enter()
        items, comma = self._separated(")", self._sum)
        is_tuple = comma or not items
        return Node(tuple(item.value for item in items) if is_tuple else items[0].value, start, self._leave(")"))

    def _dictionary(self) -> Node:
        start = self._enter()
        pairs, _ = self._separated("}", self._pair)
        return Node(dict(pairs), start, self._leave("}"))

    def _pair(self) -> tuple[Scalar, Value]:
        key = self._sum()
        if isinstance(key.value, list | tuple | dict):
            raise self.source.error(key.start, f"{kind_of(key.value)} as a key of a dictionary")
        if not self._accept(":"):
            raise refusals.not_an_end(self.source, self._token, "':' and a value")
        return key.value, self._sum().value

    def _separated(self, closing: str, read: Callable[[], Element]) -> tuple[list[Element], bool]:
        """Read elements up to `closing`; return them, and whether there was a comma."""
        found: list[Element] = []
        comma = False
        while not self._token.is_symbol(closing):
            found.append(read())
            if not self._accept(","):
                break
            comma = True
        return found, comma

    def _enter(self) -> int:
        opening = self._token
        if len(self._open) == MAX_DEPTH:
            raise self.source.error(opening.start, f"more than {MAX_DEPTH} brackets in brackets")
        self._open.append(opening)
        self._advance()
        return opening.start

    def _leave(self, closing: str) -> int:
        if not self._token.is_symbol(closing):
            raise self._unclosed() or refusals.not_an_end(self.source, self._token, f"',' or '{closing}'")
        self._open.pop()
        self._advance()
        return self._end

    def _unclosed(self) -> ConfigError | None:
        """Blame the open bracket when the file ends in it or the next setting seems to begin."""
        start = self._token.start
        next_setting = self.source.begins_line(start) and _SETTING.match(self.source.text, start)
        if not self._open or not (next_setting or self._token.kind == "end"):
            return None
        return self.source.error(self._open[-1].start, f"this '{self._open[-1].text}' is not closed")

    def _accept(self, symbol: str) -> bool:
        if not self._token.is_symbol(symbol):
            return False
        self._advance()
        return True

    def _advance(self) -> None:
        self._end = self._token.end
        self._token = self._next()

    def _next(self) -> Token:
        while (token := next(self._tokens)).kind == "comment" or (token.kind == "newline" and self._open):
            if token.kind == "comment":
                self.comments.append(token)
        return token
