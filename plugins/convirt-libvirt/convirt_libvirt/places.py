"""Where a server keeps what VMs are made of: node options that every platform of libvirt has."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DISKS_FOLDER = "VM_DISKS_DIR"
IMAGES_FOLDER = "VM_IMAGES_DIR"
BRIDGE = "DEFAULT_BRIDGE"

PLACES: Mapping[str, str] = MappingProxyType(
    {DISKS_FOLDER: "/var/lib/convirt/vms", IMAGES_FOLDER: "/var/lib/convirt/images", BRIDGE: ""}
)
"""What holds where none is set."""
