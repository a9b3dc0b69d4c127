"""What can stand against a migration: each a small function, all of them in one list, in the order they are asked.

May import what `services.migration` may.
"""

from convirt_core.services.migration.checks import being_there, disks, fitting, identity, surroundings
from convirt_core.services.migration.checks.check import Check, findings_of

CHECKS: tuple[Check, ...] = (
    being_there.vm_unknown,
    being_there.destination_down,
    being_there.same_server,
    being_there.platform_differs,
    being_there.under_way,
    being_there.vm_state,
    being_there.options_unsupported,
    fitting.architecture_missing,
    fitting.virtualization_missing,
    fitting.machine_missing,
    fitting.cpu_incompatible,
    fitting.hypervisor_older,
    fitting.memory_short,
    fitting.memory_short_for_all,
    identity.name_taken,
    identity.key_taken,
    identity.snapshots,
    identity.linked,
    identity.host_devices,
    surroundings.network_missing,
    disks.disk_not_shared,
    disks.disk_unproved,
    disks.disk_in_the_way,
    disks.disk_space_short,
    disks.file_missing,
    disks.file_differs,
    disks.kernel_missing,
    disks.ramdisk_missing,
    disks.bootloader_missing,
    surroundings.clock_skew,
    surroundings.no_free_port,
    surroundings.way_blocked,
    surroundings.data_way_unproved,
)

__all__ = ["CHECKS", "Check", "findings_of"]
