"""How far libvirt's migration of a domain is.

Fields: libvirt, `include/libvirt/libvirt-domain.h` (`VIR_DOMAIN_JOB_…`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libvirt

from convirt_core.model import MigrationProgress

if TYPE_CHECKING:
    from collections.abc import Mapping

_MIGRATIONS = frozenset({libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN, libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT})


def is_migrating(domain: Any) -> bool:
    """Whether a domain is on its way to or from its server."""
    try:
        kind = domain.jobInfo()[0]
    except libvirt.libvirtError:  # it is not running, or gone
        return False
    return bool(kind != libvirt.VIR_DOMAIN_JOB_NONE) and _operation(domain) in _MIGRATIONS


def _operation(domain: Any) -> int:
    """Return what a domain's job is for. The destination's libvirt (9.0) does not say, and nothing else is hidden."""
    try:
        stats = domain.jobStats(0)
    except libvirt.libvirtError:
        return int(libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN)
    return int(stats.get("operation", libvirt.VIR_DOMAIN_JOB_OPERATION_UNKNOWN))


def progress_of(stats: Mapping[str, int]) -> MigrationProgress:
    """Return what `virDomainGetJobStats` says of a migration. Early on it says nothing yet.

    `downtime` of a job that goes on is what QEMU expects (`expected-downtime`), of a completed one what was measured.
    `disk_bps` is 0 for disks that are copied over NBD.
    """
    return MigrationProgress(
        memory_total_bytes=stats.get("memory_total", 0),
        memory_remaining_bytes=stats.get("memory_remaining", 0),
        memory_bytes_per_second=stats.get("memory_bps", 0),
        disk_total_bytes=stats.get("disk_total", 0),
        disk_remaining_bytes=stats.get("disk_remaining", 0),
        disk_bytes_per_second=stats.get("disk_bps", 0),
        expected_downtime_milliseconds=stats.get("downtime", 0),
    )
