"""Changes of a running VM: devices come and go, they do not change."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from convirt_core.model import Capability, Disk, Nic, parse_disk, parse_nic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.forms.modes import SettingsContext

Device = TypeVar("Device", Disk, Nic)


@frozen
class DeviceKind:
    """How one kind of device is told apart, and what a server must be able to do with it."""

    name: str
    attach: Capability
    detach: Capability


DISK = DeviceKind("disk", Capability.ATTACH_DISK_LIVE, Capability.DETACH_DISK_LIVE)
NIC = DeviceKind("network card", Capability.ATTACH_NIC_LIVE, Capability.DETACH_NIC_LIVE)


def disks_of(entries: Sequence[str]) -> list[Disk]:
    """Read disk entries. Raises `InvalidInput`."""
    return [parse_disk(entry) for entry in entries]


def nics_of(entries: Sequence[str]) -> list[Nic]:
    """Read NIC entries. Raises `InvalidInput`."""
    return [parse_nic(entry) for entry in entries]


def identity(device: Disk | Nic) -> str:
    """Return what a device is known by in its VM: a disk's target, a NIC's MAC address (empty: a new one)."""
    return device.target if isinstance(device, Disk) else device.mac


def added(before: Sequence[Device], after: Sequence[Device]) -> tuple[Device, ...]:
    """Return the devices that are new."""
    known = {identity(device) for device in before}
    return tuple(device for device in after if identity(device) not in known or not identity(device))


def removed(before: Sequence[Device], after: Sequence[Device]) -> tuple[str, ...]:
    """Return the identities of those that are gone."""
    left = {identity(device) for device in after}
    return tuple(identity(device) for device in before if identity(device) not in left)


def refusal(
    kind: DeviceKind, before: Sequence[Device], after: Sequence[Device], context: SettingsContext
) -> str | None:
    """Return why a running VM cannot be changed so, or None."""
    old = {identity(device): device for device in before}
    for device in after:
        if old.get(identity(device), device) != device:
            return f"A {kind.name} of a running VM can be removed and added, not changed: {identity(device)}."
    if added(before, after) and kind.attach not in context.capabilities:
        return f"This server cannot add a {kind.name} to a running VM."
    if removed(before, after) and kind.detach not in context.capabilities:
        return f"This server cannot take a {kind.name} from a running VM."
    return None
