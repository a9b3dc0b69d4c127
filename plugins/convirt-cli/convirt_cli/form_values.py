"""The values of a form, given on a command line as `KEY=VALUE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput
from convirt_core.forms import FieldKind, Form, text, validation

if TYPE_CHECKING:
    from collections.abc import Iterable


def read(form: Form, assignments: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Return the values of the keys that were given, each of its field's type.

    :raises InvalidInput: a key that the form does not have, or a value that its field refuses
    """
    fields = {field.key: field for field in form.fields if field.kind is not FieldKind.NOTE}
    given = dict(assignments)
    unknown = sorted(given.keys() - fields.keys())
    if unknown:
        known = ", ".join(fields) or "none"
        raise InvalidInput(f"There is no option {unknown[0]!r} here.", remedy=f"Known options: {known}.")
    values = {key: text.parse(fields[key], words) for key, words in given.items()}
    wrong = validation.check(form, {key: field.default for key, field in fields.items()} | values)
    for key in values:
        if key in wrong:
            raise InvalidInput(f"The option {key} is wrong: {wrong[key]}")
    return values
