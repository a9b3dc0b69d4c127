"""The server's logical volumes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from convirt_core.model import LogicalVolume, VolumeGroup
from convirt_core.services.environment.values import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def volume_groups(vgs: str) -> tuple[VolumeGroup, ...]:
    """Read `vgs --reportformat json --units b --nosuffix`; whatever is no such report has none."""
    return tuple(
        VolumeGroup(_text(row, "vg_name"), _size(row, "vg_size"), _size(row, "vg_free")) for row in _rows(vgs, "vg")
    )


def logical_volumes(lvs: str) -> tuple[LogicalVolume, ...]:
    """Read `lvs` likewise."""
    return tuple(
        LogicalVolume(_text(row, "lv_name"), _text(row, "vg_name"), _size(row, "lv_size"), _text(row, "lv_path"))
        for row in _rows(lvs, "lv")
    )


def _rows(report: str, kind: str) -> Iterator[Mapping[str, object]]:
    """Yield the rows of `{"report": [{"vg": [{…}, …]}]}` (lvmreport(7))."""
    try:
        found = json.loads(report)
    except (ValueError, RecursionError):  # LVM is not there, may not be asked, or was cut off
        return
    for part in _list(found, "report"):
        yield from (row for row in _list(part, kind) if isinstance(row, dict) and _text(row, f"{kind}_name"))


def _list(value: object, key: str) -> list[object]:
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, list) else []


def _text(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) else ""


def _size(row: Mapping[str, object], key: str) -> int:
    return number(row.get(key)) or 0
