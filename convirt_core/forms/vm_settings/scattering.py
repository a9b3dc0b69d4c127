"""Values of a definition as values of fields, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.forms.fields import Field, FieldKind
from convirt_core.forms.vm_settings.device_rows import disk_entry, disk_rows, entries, nic_entry, nic_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_YES = frozenset({"1", "yes", "on", "true"})
DEVICES = {"disk": (disk_rows, disk_entry), "vif": (nic_rows, nic_entry)}


def scattered(field: Field, value: object) -> object:
    """Return what a field shows for a value of the definition (None: it has none). A secret is not shown."""
    if field.kind is FieldKind.SECRET:
        return ""
    if value is None:
        return _empty(field) if field.default is None else field.default
    if field.kind is FieldKind.BOOLEAN:
        return str(value).strip().lower() in _YES
    if field.kind is FieldKind.INTEGER:
        return int(value) if isinstance(value, str) and value.strip().isdecimal() else value
    if field.key in DEVICES:
        return DEVICES[field.key][0](entry_list(value))
    return value if field.kind in {FieldKind.TABLE, FieldKind.MAPPING} else str(value)


def _empty(field: Field) -> object:
    empty: dict[FieldKind, object] = {
        FieldKind.INTEGER: None,
        FieldKind.BOOLEAN: False,
        FieldKind.TABLE: [],
        FieldKind.MAPPING: {},
    }
    return empty.get(field.kind, "")


def gathered(field: Field, value: object, before: object) -> object:
    """Return the definition's value for a changed one of a field; None: the key goes.

    :param before: the definition's value as it was read
    """
    if isinstance(value, bool):
        return int(value)
    if field.key in DEVICES and isinstance(value, list):
        return device_entries(field.key, value, before)
    return None if value in ("", [], {}) else value


def device_entries(key: str, rows: Sequence[dict[str, object]], before: object) -> list[str]:
    """Return rows of disks or NICs as entries."""
    take_apart, put_together = DEVICES[key]
    old = entry_list(before)
    return entries(rows, dict(zip(old, take_apart(old), strict=True)), put_together)


def entry_list(value: object) -> list[str]:
    """Return a definition's list of entries; there may be none."""
    return [str(entry) for entry in value] if isinstance(value, list | tuple) else []


def shown_pairs(values: Mapping[str, object]) -> dict[str, str]:
    """Return the keys whose values fit into a line; lists and the like are left to an editor."""
    return {key: str(value) for key, value in values.items() if isinstance(value, str | int | float)}


def changed_pairs(pairs: Mapping[str, str], before: Mapping[str, object]) -> dict[str, object]:
    """Return what changed, None for a key that went. A number stays one, and a new value of digits is one."""
    shown = shown_pairs(before)
    gone = dict.fromkeys(key for key in shown if key not in pairs)
    return gone | {key: _number_or_text(text, before.get(key)) for key, text in pairs.items() if shown.get(key) != text}


def _number_or_text(text: str, before: object) -> str | int:
    is_number = text.isascii() and text.removeprefix("-").isdigit() and str(int(text)) == text
    return int(text) if is_number and not isinstance(before, str) else text
