"""What libvirt is told about a migration.

Flags and parameters: libvirt, `include/libvirt/libvirt-domain.h` (`virDomainMigrateFlags`, `VIR_MIGRATE_PARAM_…`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libvirt

if TYPE_CHECKING:
    from convirt_core.model import MigrationOptions

_MIB = 1 << 20


def flags_of(options: MigrationOptions, *, persistent: bool) -> int:
    """Return the flags.

    :param persistent: the VM has a definition, which moves with it; without UNDEFINE_SOURCE a stopped copy stays
    """
    flags: int = libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_ABORT_ON_ERROR
    chosen = (
        (persistent, libvirt.VIR_MIGRATE_PERSIST_DEST | libvirt.VIR_MIGRATE_UNDEFINE_SOURCE),
        (not options.direct, libvirt.VIR_MIGRATE_PEER2PEER),
        (options.copied_disks, libvirt.VIR_MIGRATE_NON_SHARED_DISK),
        # libvirt knows shared storage by the type of its file system; a probe file has proved what it does not know
        (options.shared_storage, libvirt.VIR_MIGRATE_UNSAFE),
        (options.compress, libvirt.VIR_MIGRATE_COMPRESSED),
        (options.auto_converge, libvirt.VIR_MIGRATE_AUTO_CONVERGE),
        (options.post_copy, libvirt.VIR_MIGRATE_POSTCOPY),
    )
    for wanted, flag in chosen:
        if wanted:
            flags |= flag
    return flags


def parameters_of(options: MigrationOptions, *, address: str) -> dict[str, object]:
    """Return the typed parameters.

    :param address: of the destination for the data; empty: as the destination's libvirt is configured
    """
    parameters: dict[str, object] = {}
    if address:
        parameters[libvirt.VIR_MIGRATE_PARAM_URI] = f"tcp://{address}"
    if options.bandwidth_bytes_per_second:  # in MiB/s, and 0 would be "no limit"
        parameters[libvirt.VIR_MIGRATE_PARAM_BANDWIDTH] = max(1, options.bandwidth_bytes_per_second // _MIB)
    if options.copied_disks:
        parameters[libvirt.VIR_MIGRATE_PARAM_MIGRATE_DISKS] = list(options.copied_disks)
    return parameters
