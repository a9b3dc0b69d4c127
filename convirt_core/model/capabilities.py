"""What a platform, a server or a VM can do."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class Capability(StrEnum):
    """One thing that can be asked of a VM or its server. The value is the id that users and JSON see.

    Capabilities narrow: `Platform.capabilities` (may ever) holds `VNode.capabilities` (this server), and
    `VM.refusal` says why one of those cannot be done now. Asking for what is not there raises
    `NotSupported`, never a half-done operation.
    """

    # life
    START = "start"
    SHUTDOWN = "shutdown"
    REBOOT = "reboot"
    RESET = "reset"
    KILL = "kill"
    PAUSE = "pause"
    RESUME = "resume"
    SAVE = "save"
    RESTORE = "restore"
    MANAGED_SAVE = "managed-save"
    # definition
    DEFINE = "define"
    REMOVE = "remove"
    AUTOSTART = "autostart"
    SET_MEMORY = "set-memory"
    SET_MEMORY_LIVE = "set-memory-live"
    SET_VCPUS = "set-vcpus"
    SET_VCPUS_LIVE = "set-vcpus-live"
    SET_BOOT_DEVICE = "set-boot-device"
    ATTACH_DISK = "attach-disk"
    ATTACH_DISK_LIVE = "attach-disk-live"
    DETACH_DISK = "detach-disk"
    DETACH_DISK_LIVE = "detach-disk-live"
    ATTACH_NIC = "attach-nic"
    ATTACH_NIC_LIVE = "attach-nic-live"
    DETACH_NIC = "detach-nic"
    DETACH_NIC_LIVE = "detach-nic-live"
    SNAPSHOT = "snapshot"
    CLONE = "clone"
    # moving to another server
    MIGRATE = "migrate"  # the definition of a stopped VM
    MIGRATE_LIVE = "migrate-live"
    MIGRATE_DIRECT = "migrate-direct"
    MIGRATE_STORAGE = "migrate-storage"
    MIGRATE_BANDWIDTH = "migrate-bandwidth"
    MIGRATE_DOWNTIME = "migrate-downtime"
    MIGRATE_COMPRESS = "migrate-compress"
    MIGRATE_AUTO_CONVERGE = "migrate-auto-converge"
    MIGRATE_POST_COPY = "migrate-post-copy"
    # looking
    SERIAL_CONSOLE = "serial-console"
    GRAPHICAL_CONSOLE = "graphical-console"
    METRICS = "metrics"
    EVENTS = "events"

    @property
    def words(self) -> str:
        """What a sentence calls it."""
        return _WORDS.get(self, self.value.replace("-", " "))


_WORDS = MappingProxyType(
    {
        Capability.MANAGED_SAVE: "save",
        Capability.DEFINE: "a change of the definition",
        Capability.SET_MEMORY: "a change of the memory",
        Capability.SET_MEMORY_LIVE: "a live change of the memory",
        Capability.SET_VCPUS: "a change of the processors",
        Capability.SET_VCPUS_LIVE: "a live change of the processors",
        Capability.SET_BOOT_DEVICE: "a change of the boot device",
        Capability.MIGRATE: "offline migration",
        Capability.MIGRATE_LIVE: "live migration",
    }
)
