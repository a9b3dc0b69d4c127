"""What a KVM server can be told: the keys of its node options, and what holds where none is set."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCELERATOR = "accelerator"
AUTO = "auto"
KVM = "kvm"
TCG = "tcg"
ACCELERATORS = (AUTO, KVM, TCG)

DISKS_FOLDER = "VM_DISKS_DIR"
IMAGES_FOLDER = "VM_IMAGES_DIR"
BRIDGE = "DEFAULT_BRIDGE"

DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        ACCELERATOR: AUTO,
        DISKS_FOLDER: "/var/lib/convirt/vms",
        IMAGES_FOLDER: "/var/lib/convirt/images",
        BRIDGE: "",
    }
)
