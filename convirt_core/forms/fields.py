"""Fields, pages and forms: what to ask a person, without a widget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from attrs import field, frozen

Values = Mapping[str, object]
"""A form's values by field key, as the person has them now."""


class FieldKind(StrEnum):
    """What a field holds. A value is of the Python type in brackets."""

    TEXT = "text"  # str
    SECRET = "secret"  # str, never shown  # noqa: S105
    INTEGER = "integer"  # int, with a unit
    CHOICE = "choice"  # str, one of `choices`
    BOOLEAN = "boolean"  # bool
    PATH = "path"  # str, browsable on the server
    TABLE = "table"  # list of dicts, one per row, by the keys of `columns`
    MAPPING = "mapping"  # dict of str to str
    NOTE = "note"  # no value: a text to read


@frozen
class Choice:
    """One of a field's possible values."""

    value: str
    label: str


@frozen
class Field:
    """One question.

    :param key: of the value; the CLI's option is the key with dashes
    :param unit: for people and part of the label, such as `MiB`
    :param minimum: of an integer, inclusive
    :param maximum: likewise
    :param validator: (value, all values) → what is wrong in one sentence, or None. Pure, under 1 ms
    :param enabled_when: all values → whether the field can be changed now. Pure, under 1 ms
    :param choices: the possible values of a choice; for a text, what to suggest
    :param columns: of a table
    """

    key: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    help: str = ""
    default: object = None
    required: bool = False
    unit: str = ""
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[Choice, ...] = ()
    validator: Callable[[object, Values], str | None] | None = field(default=None, eq=False)
    enabled_when: Callable[[Values], bool] | None = field(default=None, eq=False)
    columns: tuple[Field, ...] = ()


@frozen
class Page:
    """Fields under one title; a tab of a dialog.

    :param key: stable; pages of one key from several plugins stay apart, each under its plugin
    """

    key: str
    title: str
    fields: tuple[Field, ...]


@frozen
class Form:
    """Pages under one title; a dialog."""

    title: str
    pages: tuple[Page, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields of all pages, in order."""
        return tuple(field for page in self.pages for field in page.fields)
