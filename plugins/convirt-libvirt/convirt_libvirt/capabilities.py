"""What libvirt's test driver can do."""

from __future__ import annotations

from convirt_core.model import Capability

_C = Capability

TEST_CAPABILITIES = frozenset(
    {
        *(_C.START, _C.SHUTDOWN, _C.REBOOT, _C.RESET, _C.KILL, _C.PAUSE, _C.RESUME),
        *(_C.SAVE, _C.RESTORE, _C.MANAGED_SAVE),
        *(_C.DEFINE, _C.REMOVE, _C.AUTOSTART, _C.SET_BOOT_DEVICE, _C.SNAPSHOT, _C.CLONE),
        *(_C.ATTACH_DISK, _C.DETACH_DISK, _C.ATTACH_NIC, _C.DETACH_NIC),
        *(_C.SET_MEMORY, _C.SET_MEMORY_LIVE, _C.SET_VCPUS, _C.SET_VCPUS_LIVE),
        *(_C.METRICS, _C.EVENTS),
    }
)
"""libvirt's test driver (9.0): devices change in the definition only, and there is no console."""
