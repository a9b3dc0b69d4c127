"""Disks and NICs as rows of a table, and back.

An entry is taken apart as text, not parsed: a template's holds `$VARIABLES`, and a hypervisor's may hold
what only it knows. A row that was not touched is written as the entry it came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convirt_core.errors import InvalidInput
from convirt_core.forms.fields import Choice, Field, FieldKind, Values
from convirt_core.model import parse_disk, parse_nic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Row = dict[str, object]

_DISK_TYPES = ("file", "phy", "lvm", "tap:aio", "tap:qcow2", "tap:qcow", "tap:vmdk")
_NIC_KINDS = ("network", "bridge", "user")


def disk_columns() -> tuple[Field, ...]:
    """Return the columns of the table of disks."""
    modes = (Choice("w", "read and write"), Choice("r", "read only"), Choice("w!", "shared"))
    devices = (Choice("", "disk"), Choice("cdrom", "CD-ROM"), Choice("floppy", "floppy"))
    return (
        Field("type", "Type", FieldKind.CHOICE, choices=_choices(_DISK_TYPES), default="file"),
        Field("path", "Path", FieldKind.PATH, help="On the server; empty for an empty drive."),
        Field("target", "Device", required=True, help="The guest's name for it, such as vda."),
        Field("device", "Kind", FieldKind.CHOICE, choices=devices, default=""),
        Field("mode", "Access", FieldKind.CHOICE, choices=modes, default="w"),
    )


def nic_columns(networks: Iterable[str]) -> tuple[Field, ...]:
    """Return the columns of the table of NICs.

    :param networks: names to suggest
    """
    return (
        Field("kind", "Connected to", FieldKind.CHOICE, choices=_choices(_NIC_KINDS), default="network", required=True),
        Field("source", "Name", choices=_choices(networks), help="Of the network or bridge."),
        Field("mac", "MAC address", help="Empty: one is made."),
        Field("model", "Model", help="Empty: the platform's usual one."),
        Field("other", "Other", help="Further settings, as key=value with commas."),
    )


def disk_rows(entries: Iterable[str]) -> list[Row]:
    """Take disk entries apart: `type:path,device[:cdrom],mode`."""
    return [_disk_row(entry) for entry in entries]


def _disk_row(entry: str) -> Row:
    place, device, mode = (part.strip() for part in [*entry.rsplit(",", 2), "", ""][:3])
    target, _, kind = device.partition(":")
    disk_type = next((name for name in _DISK_TYPES if place.startswith(f"{name}:")), "")
    path = place.removeprefix(f"{disk_type}:") if disk_type else place
    return {"type": disk_type, "path": path, "target": target, "device": kind, "mode": mode}


def disk_entry(row: Mapping[str, object]) -> str:
    """Put a disk's row together."""
    place = ":".join(filter(None, (_cell(row, "type"), _cell(row, "path"))))
    device = ":".join(filter(None, (_cell(row, "target"), _cell(row, "device"))))
    return f"{place if _cell(row, 'path') else ''},{device},{_cell(row, 'mode') or 'w'}"


def nic_rows(entries: Iterable[str]) -> list[Row]:
    """Take NIC entries apart: `mac=…,bridge=…,model=…`."""
    return [_nic_row(entry) for entry in entries]


def _nic_row(entry: str) -> Row:
    parts = [part.strip() for part in entry.split(",") if part.strip()]
    values = dict(part.partition("=")[::2] for part in parts)
    kind = next((name for name in _NIC_KINDS if name in values), "network")
    shown = {kind, "mac", "model"}
    other = ",".join(part for part in parts if part.partition("=")[0] not in shown)
    columns = {"source": values.get(kind, ""), "mac": values.get("mac", ""), "model": values.get("model", "")}
    return {"kind": kind, **columns, "other": other}


def nic_entry(row: Mapping[str, object]) -> str:
    """Put a NIC's row together."""
    kind, source = _cell(row, "kind") or "network", _cell(row, "source")
    mac, model = _cell(row, "mac"), _cell(row, "model")
    parts = [
        f"mac={mac}" if mac else "",
        f"{kind}={source}" if source else "",
        "user" if kind == "user" and not source else "",
        f"model={model}" if model else "",
        _cell(row, "other"),
    ]
    return ",".join(filter(None, parts))


def entries(rows: Iterable[Row], before: Mapping[str, Row], entry: Callable[[Row], str]) -> list[str]:
    """Return the entries of rows.

    :param before: the rows there were, by their entries: one that is still the same keeps its entry's very text
    """
    texts = [(row, text) for text, row in before.items()]
    return [next((text for old, text in texts if old == row), None) or entry(row) for row in rows]


def check_disks(value: object, values: Values) -> str | None:
    """Return what is wrong with the rows of disks. With a `$VARIABLE`, only the device is looked at."""
    del values
    rows = cast("list[Row]", value)
    targets = [_cell(row, "target") for row in rows]
    twice = next((target for target in targets if targets.count(target) > 1), "")
    if twice:
        return f"Two disks are called {twice}."
    return _first_wrong((disk_entry(row) for row in rows), parse_disk)


def check_nics(value: object, values: Values) -> str | None:
    """Return what is wrong with the rows of NICs; one with a `$VARIABLE` is passed over."""
    del values
    return _first_wrong((nic_entry(row) for row in cast("list[Row]", value)), parse_nic)


def _first_wrong(texts: Iterable[str], parse: Callable[[str], object]) -> str | None:
    for text in texts:
        try:
            if "$" not in text:
                parse(text)
        except InvalidInput as error:
            return error.message
    return None


def _cell(row: Mapping[str, object], key: str) -> str:
    return str(row.get(key) or "").strip()


def _choices(names: Iterable[str]) -> tuple[Choice, ...]:
    return tuple(Choice(name, name) for name in names)
