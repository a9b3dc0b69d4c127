"""The values of a form, given on a command line as `KEY=VALUE`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from convirt_core.errors import InvalidInput
from convirt_core.forms import Field, FieldKind, Form

_TRUE = frozenset({"yes", "true", "on", "1"})
_FALSE = frozenset({"no", "false", "off", "0"})


def read(form: Form, assignments: Iterable[tuple[str, str]]) -> dict[str, str | int | bool]:
    """Return the typed values of the keys that were given.

    :raises InvalidInput: a key that the form does not have, or a value that its field refuses
    """
    fields = {field.key: field for field in form.fields if field.kind is not FieldKind.NOTE}
    given = dict(assignments)
    unknown = sorted(given.keys() - fields.keys())
    if unknown:
        known = ", ".join(fields) or "none"
        raise InvalidInput(f"There is no option {unknown[0]!r} here.", remedy=f"Known options: {known}.")
    values = {key: _value(fields[key], text) for key, text in given.items()}
    _validate(fields, values)
    return values


def _value(field: Field, text: str) -> str | int | bool:
    if field.kind is FieldKind.BOOLEAN:
        return _boolean(field, text)
    if field.kind is FieldKind.INTEGER:
        return _integer(field, text)
    allowed = [choice.value for choice in field.choices]
    if field.kind is FieldKind.CHOICE and text not in allowed:
        raise InvalidInput(f"{field.key} cannot be {text!r}.", remedy=f"Choose one of {', '.join(allowed)}.")
    return text


def _boolean(field: Field, text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise InvalidInput(f"{field.key} cannot be {text!r}.", remedy="Write yes or no.")
    return text.lower() in _TRUE


def _integer(field: Field, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise InvalidInput(f"{field.key} cannot be {text!r}.", remedy="Write a whole number.") from None
    low, high = field.minimum, field.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        bounds = " ".join(
            [*([f"at least {low}"] if low is not None else []), *([f"at most {high}"] if high is not None else [])]
        )
        raise InvalidInput(f"{field.key} cannot be {number}.", remedy=f"It is {bounds}.")
    return number


def _validate(fields: Mapping[str, Field], values: Mapping[str, object]) -> None:
    whole = {key: field.default for key, field in fields.items()} | dict(values)
    for key in values:
        validator = fields[key].validator
        wrong = validator(whole[key], whole) if validator else None
        if wrong:
            raise InvalidInput(f"{key}: {wrong}")
