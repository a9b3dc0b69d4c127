"""libvirt's test driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libvirt

from convirt_libvirt.vmm import LibvirtVMM

if TYPE_CHECKING:
    from convirt_core.model import Capability
    from convirt_core.platforms import VM


class InventedVMM(LibvirtVMM):
    """The VMM of the platform `test`."""

    undefine_flags: ClassVar[int] = (
        libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    )

    def is_done(self, capability: Capability, before: VM, now: VM) -> bool | None:
        """The driver reboots at once and tells nobody, so the state decides."""
        del capability, before, now
        return None
