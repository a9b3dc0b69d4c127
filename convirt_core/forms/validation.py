"""Checking what a person has put into a form. Pure, without I/O."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from convirt_core.forms.fields import Field, FieldKind, Form, Values

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: Mapping[FieldKind, tuple[type, str]] = MappingProxyType(
    {
        FieldKind.INTEGER: (int, "a whole number"),
        FieldKind.BOOLEAN: (bool, "yes or no"),
        FieldKind.TABLE: (list, "a list of rows"),
        FieldKind.MAPPING: (dict, "pairs of a key and a value"),
    }
)
_TEXT = (str, "a text")


def check(form: Form, values: Values) -> dict[str, str]:
    """Return what is wrong, a sentence for each key of a field that can be changed now; empty: all is well."""
    fields = (field for field in form.fields if field.kind is not FieldKind.NOTE and is_enabled(field, values))
    found = ((field.key, check_value(field, values.get(field.key), values)) for field in fields)
    return {key: sentence for key, sentence in found if sentence}


def is_enabled(field: Field, values: Values) -> bool:
    """Whether the field can be changed now."""
    return field.enabled_when is None or field.enabled_when(values)


def check_value(field: Field, value: object, values: Values) -> str | None:
    """Return what is wrong with a field's value in one sentence, or None.

    None and what is empty are no value: well, unless the field is required.

    :param values: all values of the form, for the field's own validator
    """
    if value is None or value in ("", [], {}):
        return f"{field.label} is needed." if field.required else None
    if not _is_of_type(field, value):
        return f"{field.label} must be {_TYPES.get(field.kind, _TEXT)[1]}."
    return _check_kind(field, value) or (field.validator(value, values) if field.validator else None)


def _is_of_type(field: Field, value: object) -> bool:
    kind = _TYPES.get(field.kind, _TEXT)[0]
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _check_kind(field: Field, value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return _check_bounds(field, value)
    if field.kind is FieldKind.CHOICE and value not in {choice.value for choice in field.choices}:
        return f"{field.label} must be one of {', '.join(choice.value for choice in field.choices)}."
    if field.kind is not FieldKind.NOTE and isinstance(value, str) and "\0" in value:
        return f"{field.label} must not hold a null character."
    if isinstance(value, dict):
        return _check_pairs(field, value)
    return _check_rows(field, value) if isinstance(value, list) else None


def _check_bounds(field: Field, number: int) -> str | None:
    unit = f" {field.unit}" if field.unit else ""
    if field.minimum is not None and number < field.minimum:
        return f"{field.label} must be at least {field.minimum}{unit}."
    if field.maximum is not None and number > field.maximum:
        return f"{field.label} must be at most {field.maximum}{unit}."
    return None


def _check_pairs(field: Field, pairs: Mapping[object, object]) -> str | None:
    if all(isinstance(key, str) and key and isinstance(value, str) for key, value in pairs.items()):
        return None
    return f"{field.label} must be texts, each under a key that is not empty."


def _check_rows(field: Field, rows: list[object]) -> str | None:
    for number, row in enumerate(rows, start=1):
        wrong = _check_row(field, row)
        if wrong:
            return f"{field.label}, row {number}: {wrong}"
    return None


def _check_row(field: Field, row: object) -> str | None:
    if not isinstance(row, dict):
        return "it must have a value for each column."
    known = {column.key for column in field.columns}
    if unknown := row.keys() - known:
        return f"there is no column {min(map(str, unknown))}."
    sentences = (check_value(column, row.get(column.key), row) for column in field.columns)
    return next((sentence for sentence in sentences if sentence), None)
