"""Disks: reading `<disk>` elements, making them, changing what is asked and nothing else."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.errors import AlreadyExists, InvalidInput, NotFound
from convirt_core.model import Disk, format_disk, parse_disk
from convirt_libvirt.domain.dialect import QEMU, Dialect
from convirt_libvirt.domain.key import Key
from convirt_libvirt.domain.values import entries
from convirt_libvirt.domain.xml import (
    add,
    append,
    child,
    drop,
    drop_all,
    new_element,
    set_attribute,
    set_flag,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

_TARGET = re.compile(r"([a-z]*d)[a-z]{1,2}[0-9]*")
_PLACES = MappingProxyType({"file": "file", "block": "dev", "dir": "dir"})


def disk_of(element: _Element) -> Disk:
    """Read a `<disk>` element. A source that is no path is described as `pool/volume` or `protocol:name`."""
    target, driver = element.find("target"), element.find("driver")
    return Disk(
        "" if target is None else target.get("dev", ""),
        _source_of(element),
        element.get("device", "disk"),
        "" if driver is None else driver.get("type", ""),
        "" if target is None else target.get("bus", ""),
        read_only=element.find("readonly") is not None or element.get("device") == "cdrom",
        shareable=element.find("shareable") is not None,
    )


def _source_of(element: _Element) -> str:
    source, kind = element.find("source"), element.get("type", "file")
    if source is None:
        return ""
    if kind in _PLACES:
        return source.get(_PLACES[kind], "")
    if kind == "volume":
        return f"{source.get('pool', '')}/{source.get('volume', '')}"
    return f"{source.get('protocol', kind)}:{source.get('name', '')}"


def read_disks(domain: _Element) -> list[Disk]:
    """Return all disks of a domain, in its order."""
    return [disk_of(element) for element in domain.findall("devices/disk")]


def find_disk(domain: _Element, target: str) -> _Element:
    """Return the `<disk>` of that target. Raises `NotFound`."""
    for element in domain.findall("devices/disk"):
        if disk_of(element).target == target:
            return element
    raise NotFound(f"{domain.findtext('name')} has no disk {target}.")


def bus_for(target: str, dialect: Dialect = QEMU, machine: str = "") -> str:
    """Return the usual bus of a target: `vda` is virtio, `hda` IDE, which the machine q35 has as SATA.

    :raises InvalidInput: for a target that is no disk's of this hypervisor
    """
    match = _TARGET.fullmatch(target)
    bus = dialect.buses.get(match[1]) if match else None
    if bus is None:
        usual = ", ".join(f"{prefix}a" for prefix in dialect.buses)
        raise InvalidInput(f"disk: {target!r} is no disk's target here.", remedy=f"Use one such as {usual}.")
    return "sata" if bus == "ide" and "q35" in machine else bus


def new_disk(disk: Disk, dialect: Dialect = QEMU, machine: str = "") -> _Element:
    """Make a `<disk>` element. A format must be known: one that is guessed can be forged by the guest."""
    element = new_element("disk", type="file", device=disk.device)
    disk_format = disk.format or "raw"
    add(element, "driver", name=dialect.driver_of(disk_format), type=disk_format)
    set_source(element, disk.source)
    add(element, "target", dev=disk.target, bus=disk.bus or bus_for(disk.target, dialect, machine))
    set_flag(element, "readonly", disk.read_only or disk.device == "cdrom")
    set_flag(element, "shareable", disk.shareable)
    return element


def add_disk(domain: _Element, disk: Disk, dialect: Dialect) -> _Element:
    """Append a disk, and a SCSI controller where it is the first that needs one. Raises `AlreadyExists`."""
    if any(other.target == disk.target for other in read_disks(domain)):
        raise AlreadyExists(f"{domain.findtext('name')} has a disk {disk.target} already.")
    devices = child(domain, "devices")
    element = new_disk(disk, dialect, machine_of(domain))
    append(devices, element)
    if disk_of(element).bus == "scsi" and domain.find("devices/controller[@type='scsi']") is None:
        add(devices, "controller", type="scsi", index="0", model=dialect.scsi_model)
    return element


def machine_of(domain: _Element) -> str:
    """Return the machine type, such as `pc-q35-7.2`; it decides on the buses of new disks."""
    kind = domain.find("os/type")
    return "" if kind is None else kind.get("machine", "")


def set_source(element: _Element, path: str) -> None:
    """Point a `<disk>` at a file or device; an empty path empties the drive.

    What hangs on the source (security labels, encryption) stays while a path follows a path. A described
    backing chain was the old file's.

    :raises InvalidInput: libvirt (9.0) would lose a part of it: it writes blanks as they are into attributes
    """
    if any(blank in path for blank in "\t\n\r"):
        raise InvalidInput(f"disk: the path {path!r} has a tab or a line break, which a definition does not keep.")
    source, kind = element.find("source"), element.get("type", "file")
    drop_all(element, "backingStore")
    if source is not None and (kind not in {"file", "block"} or not path):
        drop(source)
    element.set("type", "block" if path.startswith("/dev/") else "file")
    if not path:
        return
    source = child(element, "source")
    for name in ("file", "dev"):
        set_attribute(source, name, "")
    source.set(_PLACES[element.get("type", "file")], path)


def _update(domain: _Element, disk: Disk, dialect: Dialect) -> None:
    """Make the disk of that target as asked; one that stays the same device keeps its element."""
    element = find_disk(domain, disk.target)
    old = disk_of(element)
    if old == evolve(disk, bus=disk.bus or old.bus):
        return
    if old.device != disk.device or (disk.bus and disk.bus != old.bus):
        drop(element)
        add_disk(domain, disk, dialect)
        return
    if old.source != disk.source:
        set_source(element, disk.source)
    if (disk.format or "raw") != old.format:
        driver = child(element, "driver")
        driver.set("name", dialect.driver_of(disk.format or "raw"))
        driver.set("type", disk.format or "raw")
    set_flag(element, "readonly", disk.read_only)
    set_flag(element, "shareable", disk.shareable)


def _set_disks(domain: _Element, value: object, dialect: Dialect) -> None:
    """Add, change and remove disks until the entries are true; an entry that is true already touches nothing."""
    present = {format_disk(disk): disk for disk in read_disks(domain)}
    wanted = [present.get(entry) or parse_disk(entry, dialect.first_disk) for entry in entries("disk", value)]
    targets = [disk.target for disk in wanted]
    for target in targets:
        if targets.count(target) > 1:
            raise InvalidInput(f"disk: two disks have the target {target}.")
    for disk in present.values():
        if disk.target not in targets:
            drop(find_disk(domain, disk.target))
    for disk in wanted:
        if disk in present.values():
            continue
        if any(disk.target == other.target for other in present.values()):
            _update(domain, disk, dialect)
        else:
            add_disk(domain, disk, dialect)


def disk_key(dialect: Dialect) -> Key:
    """Return the key `disk`: a list of entries, see `convirt_core.model.parse_disk`."""
    return Key(
        "disk",
        lambda domain: [format_disk(disk) for disk in read_disks(domain)],
        lambda domain, value: _set_disks(domain, value, dialect),
        lambda domain: drop_all(domain, "devices/disk"),
    )
