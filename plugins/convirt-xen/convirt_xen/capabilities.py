"""What Xen can do through libvirt (libxl driver 9.0, Xen 4.17)."""

from __future__ import annotations

from convirt_core.model import Capability

_C = Capability

XEN_CAPABILITIES = frozenset(Capability) - {
    *(_C.RESET, _C.SNAPSHOT),
    *(_C.MIGRATE_STORAGE, _C.MIGRATE_BANDWIDTH, _C.MIGRATE_DOWNTIME),
    *(_C.MIGRATE_COMPRESS, _C.MIGRATE_AUTO_CONVERGE, _C.MIGRATE_POST_COPY),
}
"""All but reset, snapshots, and how a live migration goes: the driver takes nothing but a destination
(`LIBXL_MIGRATION_PARAMETERS`)."""
