"""What Xen can do through libvirt (libxl driver 9.0, Xen 4.17)."""

from __future__ import annotations

from convirt_core.model import Capability

_C = Capability

XEN_CAPABILITIES = frozenset(
    {
        *(_C.START, _C.SHUTDOWN, _C.REBOOT, _C.KILL, _C.PAUSE, _C.RESUME),
        *(_C.SAVE, _C.RESTORE, _C.MANAGED_SAVE),
        *(_C.DEFINE, _C.REMOVE, _C.AUTOSTART, _C.SET_BOOT_DEVICE, _C.CLONE),
        *(_C.ATTACH_DISK, _C.ATTACH_DISK_LIVE, _C.DETACH_DISK, _C.DETACH_DISK_LIVE),
        *(_C.ATTACH_NIC, _C.ATTACH_NIC_LIVE, _C.DETACH_NIC, _C.DETACH_NIC_LIVE),
        *(_C.SET_MEMORY, _C.SET_MEMORY_LIVE, _C.SET_VCPUS, _C.SET_VCPUS_LIVE),
        *(_C.MIGRATE, _C.MIGRATE_LIVE, _C.MIGRATE_DIRECT, _C.SERIAL_CONSOLE, _C.GRAPHICAL_CONSOLE),
        *(_C.METRICS, _C.EVENTS),
    }
)
"""Not there: reset, snapshots, and how a live migration goes: the driver takes nothing but a destination
(`LIBXL_MIGRATION_PARAMETERS`)."""
