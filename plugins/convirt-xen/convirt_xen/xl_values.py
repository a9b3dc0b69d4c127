"""Values of xl's and xm's files as ConVirt's: other names, and disks and cards written in xl's way.

Formats: xl.cfg(5), xl-disk-configuration(5), xl-network-configuration(5), Xen 4.17.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput
from convirt_core.model import Disk, format_disk
from convirt_libvirt.domain.values import entries

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = MappingProxyType({"cmdline": "extra", "bootargs": "bootloader_args"})
_DISK_KEYS = ("target", "format", "vdev", "access")
"""In the order in which they may stand without their names."""

_FLAGS = frozenset({"discard", "no-discard", "direct-io-safe", "colo", "no-colo"})
_BACKENDS = frozenset({"phy", "qdisk", "tap"})
_FORMATS = MappingProxyType({name: name for name in ("raw", "qcow", "qcow2", "vhd", "qed")} | {"empty": "raw"})
_MODES = MappingProxyType({"r": True, "ro": True, "w": False, "rw": False})
_NOT_OF_A_CARD = frozenset({("script", "vif-bridge"), ("type", "vif"), ("type", "ioemu")})
"""What every card of its guest's kind has: it says nothing of this one."""


def plain_values(values: Mapping[str, object]) -> dict[str, object]:
    """Return the values by ConVirt's names, disks and cards as ConVirt writes them.

    :raises InvalidInput: for a disk or card that says what a definition cannot
    """
    plain = {_NAMES.get(name, name): value for name, value in values.items()}
    if "disk" in plain:
        plain["disk"] = [_disk(entry) for entry in entries("disk", plain["disk"])]
    if "vif" in plain:
        plain["vif"] = [_card(entry) for entry in entries("vif", plain["vif"])]
    return plain


def _disk(entry: str) -> str:
    """Return an entry of xl's as `type:path,device,mode`; one that is written so already stays."""
    entry = f"file:{entry}" if entry.startswith(",") and ":cdrom" in entry else entry  # an empty drive of xm's
    if ":" in entry.partition(",")[0] and "=" not in entry.partition(":")[0]:
        return entry.replace("ioemu:", "")
    values, device = _disk_parts(entry)
    backend = values.get("backendtype", "phy")
    disk_format, mode = _FORMATS.get(values.get("format") or "raw"), _MODES.get(values.get("access") or "rw")
    if backend not in _BACKENDS or disk_format is None or mode is None or not values.get("vdev"):
        raise InvalidInput(f"disk: {entry!r} is no disk.", remedy="See xl-disk-configuration(5).")
    return format_disk(
        Disk(values["vdev"], values.get("target", ""), device, disk_format, read_only=mode or device == "cdrom")
    )


def _disk_parts(entry: str) -> tuple[dict[str, str], str]:
    """Return keys and values, and the kind of device. What stands without a name has its place's."""
    head, target, path = entry.partition("target=")  # the last one: it may hold commas
    values = {"target": path} if target else {}
    places, device = iter(_DISK_KEYS), "disk"
    for part in [part.strip() for part in head.split(",")]:
        name, equals, value = part.partition("=")
        if part in {"cdrom", "devtype=cdrom"}:
            device = "cdrom"
        elif equals:
            values[name.strip()] = value.strip()
        elif part not in _FLAGS and (part or not target):
            values[next(places, "")] = part
    return {name: value for name, value in values.items() if value}, device


def _card(entry: str) -> str:
    """Return a card without what says nothing of it."""
    parts = [part.strip() for part in entry.split(",")]
    return ",".join(part for part in parts if part.partition("=")[::2] not in _NOT_OF_A_CARD)
