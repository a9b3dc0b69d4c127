"""Values of fields as text, for a command line: what `render` writes, `parse` reads back.

- integer: `512`; with a unit of size also `512M`, `1G`, `1.5 GiB` (powers of 1024, as hypervisors count)
- boolean: `yes`, `no`
- mapping: `key=value` words, quoted as in a shell
- table: rows of such words, with `;` between them
"""

from __future__ import annotations

import re
import shlex
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput
from convirt_core.forms.fields import Field, FieldKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TRUE = ("yes", "true", "on", "1")
_FALSE = ("no", "false", "off", "0")
_POWERS: Mapping[str, int] = MappingProxyType({"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5})
_NUMBER = re.compile(r"([+-]?[0-9]{1,18}(?:\.[0-9]{1,6})?)\s*([A-Za-z%]*)")
_SIZE_UNIT = re.compile(r"([kmgtp]?)(?:i?b)?", re.IGNORECASE)
_ROW_END = re.compile(";+")


def parse(field: Field, text: str) -> object:
    """Return the value that a text stands for, of the field's kind; not yet checked against its bounds.

    :raises InvalidInput: if it stands for none
    """
    if field.kind is FieldKind.INTEGER:
        return _parse_integer(field, text.strip()) if text.strip() else None
    if field.kind is FieldKind.BOOLEAN:
        return _parse_boolean(field, text.strip())
    if field.kind is FieldKind.MAPPING:
        return _pairs(field, [word for words in _rows(field, text) for word in words])
    if field.kind is FieldKind.TABLE:
        return [_parse_row(field, words) for words in _rows(field, text)]
    return text


def render(field: Field, value: object) -> str:
    """Return a value as text; None is an empty one. A secret is never shown."""
    if value is None:
        return ""
    if field.kind is FieldKind.SECRET:
        return "•" * 6 if value else ""
    if isinstance(value, bool):
        return _TRUE[0] if value else _FALSE[0]
    if isinstance(value, dict):
        return _render_pairs(value.items())
    if isinstance(value, list):
        return " ; ".join(_render_row(field, row) for row in value)
    return str(value)


def _parse_integer(field: Field, text: str) -> int:
    match = _NUMBER.fullmatch(text)
    factor = _factor(field.unit, match[2]) if match else None
    amount = Fraction(match[1]) * factor if match and factor else None
    if amount is None or amount.denominator != 1:
        example = ", with a unit such as 512M or 1G" if _size_power(field.unit) is not None else ""
        raise InvalidInput(f"{field.label} cannot be {text!r}.", remedy=f"Write a whole number{example}.")
    return int(amount)


def _factor(unit: str, suffix: str) -> Fraction | None:
    """Return by what a number with this suffix is multiplied to be in the field's unit; None: not by that."""
    if not suffix or suffix.lower() == unit.lower():
        return Fraction(1)
    power, wanted = _size_power(unit), _size_power(suffix)
    return None if power is None or wanted is None else Fraction(1024) ** (wanted - power)


def _size_power(unit: str) -> int | None:
    """Return the power of 1024 that a unit of size stands for: `bytes` 0, `MiB` 2; None: it is no size."""
    if unit.lower() == "bytes":
        return 0
    match = _SIZE_UNIT.fullmatch(unit) if unit else None
    return _POWERS[match[1].lower()] if match else None


def _parse_boolean(field: Field, text: str) -> bool:
    if text.lower() not in _TRUE + _FALSE:
        raise InvalidInput(f"{field.label} cannot be {text!r}.", remedy="Write yes or no.")
    return text.lower() in _TRUE


def _rows(field: Field, text: str) -> list[list[str]]:
    """Split a text into words, and those into rows at `;`; empty rows are left out."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";")
    lexer.whitespace_split, lexer.commenters = True, ""
    rows: list[list[str]] = [[]]
    try:
        for word in lexer:
            if _ROW_END.fullmatch(word):
                rows.append([])
            else:
                rows[-1].append(word)
    except ValueError as error:
        raise InvalidInput(f"{field.label}: a quotation is not closed in {text!r}.") from error
    return [row for row in rows if row]


def _pairs(field: Field, words: Iterable[str]) -> dict[str, str]:
    pairs = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not key or not equals:
            raise InvalidInput(
                f"{field.label}: {word!r} is not key=value.", remedy="Put a value with blanks in quotes."
            )
        pairs[key] = value
    return pairs


def _parse_row(field: Field, words: Iterable[str]) -> dict[str, object]:
    columns = {column.key: column for column in field.columns}
    row: dict[str, object] = {}
    for key, text in _pairs(field, words).items():
        if key not in columns:
            raise InvalidInput(f"{field.label} has no column {key!r}.", remedy=f"Columns are {', '.join(columns)}.")
        row[key] = parse(columns[key], text)
    return row


def _render_row(field: Field, row: Mapping[str, object]) -> str:
    columns = {column.key: column for column in field.columns}
    return _render_pairs((key, render(columns[key], value)) for key, value in row.items() if value is not None)


def _render_pairs(pairs: Iterable[tuple[str, object]]) -> str:
    return " ".join(f"{key}={shlex.quote(str(value))}" for key, value in pairs)
