"""Disks and NICs as one text each, as in the original and in xl.cfg(5): `type:path,device[:cdrom],mode`.

Every platform and every front end reads and writes them here.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput
from convirt_core.model.devices import Disk, Nic

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMATS: Mapping[str, str] = MappingProxyType(
    {"file": "raw", "phy": "raw", "lvm": "raw", "tap:aio": "raw"}
    | {f"tap:{name}": name for name in ("raw", "qcow", "qcow2", "vmdk", "vhd", "vdi", "qed")}
)
_TYPE = re.compile(r"(tap:[a-z0-9]+|file|phy|lvm):(.*)", re.DOTALL)
_TARGET = re.compile(r"[a-z][a-z0-9]{0,14}")
_DEVICES = ("disk", "cdrom", "floppy")
_MODES: Mapping[str, tuple[bool, bool]] = MappingProxyType(
    {"r": (True, False), "w": (False, False), "w!": (False, True)}
)
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_DISK_REMEDY = "Write 'type:path,device[:cdrom],mode', such as 'file:/vms/a.img,{},w'."
_NIC_REMEDY = "Write 'network=NAME', 'bridge=NAME' or 'user', and 'mac=' and 'model=' as needed, with commas."


def parse_disk(entry: str, first_disk: str = "vda") -> Disk:
    """Read a disk entry. The format is the type's: `file`, `phy`, `lvm`, `tap:aio` are raw, `tap:qcow2` is qcow2.

    :param first_disk: what its platform calls the first, for the remedy
    :raises InvalidInput: if it is none; the message names `disk`
    """
    try:
        return _disk(entry)
    except InvalidInput as error:
        raise InvalidInput(error.message, remedy=_DISK_REMEDY.format(first_disk)) from None


def _disk(entry: str) -> Disk:
    parts = [part.strip() for part in entry.rsplit(",", 2)]
    if len(parts) != 3:
        raise _bad_disk(entry, "it has not three parts")
    place, device_text, mode = parts
    disk_format, source = _source(entry, place)
    target, _, device = device_text.partition(":")
    device = device or "disk"
    if not _TARGET.fullmatch(target):
        raise _bad_disk(entry, f"{target!r} is no device")
    if device not in _DEVICES:
        raise _bad_disk(entry, f"{device!r} is not one of {', '.join(_DEVICES)}")
    if mode not in _MODES:
        raise _bad_disk(entry, f"the mode {mode!r} is not one of {', '.join(_MODES)}")
    if not source and device == "disk":
        raise _bad_disk(entry, "it has no path")
    read_only, shareable = _MODES[mode]
    return Disk(target, source, device, disk_format, read_only=read_only or device == "cdrom", shareable=shareable)


def _source(entry: str, place: str) -> tuple[str, str]:
    """Return the format and the absolute path; an empty drive has none."""
    if not place:
        return "raw", ""
    match = _TYPE.fullmatch(place)
    if not match or match[1] not in _FORMATS:
        raise _bad_disk(entry, f"its type is not one of {', '.join(_FORMATS)}")
    kind, path = match[1], match[2]
    if kind in {"phy", "lvm"} and path and not path.startswith("/"):
        path = f"/dev/{path}"
    if path and not path.startswith("/"):
        raise _bad_disk(entry, f"{path!r} is not an absolute path")
    return _FORMATS[kind], path


def _bad_disk(entry: str, why: str) -> InvalidInput:
    return InvalidInput(f"disk: {entry!r} is no disk: {why}.")


def format_disk(disk: Disk) -> str:
    """Return the entry that `parse_disk` reads back."""
    kind = f"tap:{disk.format}"
    if disk.format in {"", "raw"}:
        kind = "phy" if disk.source.startswith("/dev/") else "file"
    device = disk.target if disk.device == "disk" else f"{disk.target}:{disk.device}"
    mode = "r" if disk.read_only else "w!" if disk.shareable else "w"
    return f"{kind}:{disk.source},{device},{mode}"


def parse_nic(entry: str) -> Nic:
    """Read a NIC entry; one that names no source is on the network `default`.

    :raises InvalidInput: if it is none; the message names `vif`
    """
    values: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in entry.split(","))):
        key, _, value = part.partition("=")
        if key not in {"mac", "network", "bridge", "user", "model", "vifname"}:
            raise _bad_nic(entry, f"{key!r} is not known")
        if key in values:
            raise _bad_nic(entry, f"{key!r} stands there twice")
        values[key] = value.strip()
    mac = values.get("mac", "").lower()
    if mac and (not _MAC.fullmatch(mac) or int(mac[:2], 16) & 1):
        raise _bad_nic(entry, f"{mac!r} is no MAC address of a card")
    kind, source = _connection(entry, values)
    return Nic(mac, kind, source, values.get("model", ""), values.get("vifname", ""))


def _connection(entry: str, values: Mapping[str, str]) -> tuple[str, str]:
    kinds = [kind for kind in ("network", "bridge") if values.get(kind)] + ["user"] * ("user" in values)
    if len(kinds) > 1:
        raise _bad_nic(entry, f"it is connected to {' and '.join(kinds)}")
    kind = kinds[0] if kinds else "network"
    return kind, values.get(kind, "") if kinds else "default"


def _bad_nic(entry: str, why: str) -> InvalidInput:
    return InvalidInput(f"vif: {entry!r} is no network card: {why}.", remedy=_NIC_REMEDY)


def format_nic(nic: Nic) -> str:
    """Return the entry that `parse_nic` reads back."""
    parts = [
        f"mac={nic.mac}" if nic.mac else "",
        f"{nic.kind}={nic.source}" if nic.source else nic.kind,
        f"model={nic.model}" if nic.model else "",
        f"vifname={nic.target}" if nic.target else "",
    ]
    return ",".join(filter(None, parts))
