"""What differs between the hypervisors that speak libvirt, where a device is made."""

from __future__ import annotations

from attrs import frozen


@frozen
class Dialect:
    """How new devices are written.

    :param disk_driver: `<driver name=…>` of a disk
    :param nic_model: of a card that names none; empty: libvirt's default
    :param scsi_model: of the controller made with the first SCSI disk; empty: libvirt's default
    """

    disk_driver: str
    nic_model: str = ""
    scsi_model: str = ""


QEMU = Dialect("qemu", "virtio", "virtio-scsi")
