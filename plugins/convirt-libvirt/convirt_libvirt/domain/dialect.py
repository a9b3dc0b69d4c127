"""What differs between the hypervisors that speak libvirt, where a device is made."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

PC_BUSES: Mapping[str, str] = MappingProxyType({"vd": "virtio", "hd": "ide", "sd": "scsi", "fd": "fdc"})


@frozen
class Dialect:
    """How new devices are written.

    :param disk_driver: `<driver name=…>` of a disk
    :param format_drivers: likewise, of the formats for which another one is needed
    :param nic_model: of a card that names none; empty: libvirt's default
    :param scsi_model: of the controller made with the first SCSI disk; empty: libvirt's default
    :param buses: of disks, by the beginning of their target, the usual one first
    """

    disk_driver: str
    nic_model: str = ""
    scsi_model: str = ""
    buses: Mapping[str, str] = field(default=PC_BUSES, hash=False)
    format_drivers: Mapping[str, str] = field(factory=dict, hash=False)

    @property
    def first_disk(self) -> str:
        """The usual target of a first disk."""
        return f"{next(iter(self.buses))}a"

    def driver_of(self, disk_format: str) -> str:
        """Return `<driver name=…>` for a disk of that format."""
        return self.format_drivers.get(disk_format, self.disk_driver)


QEMU = Dialect("qemu", "virtio", "virtio-scsi")
