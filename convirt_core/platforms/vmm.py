"""What changes the VMs of a server."""

# ruff: noqa: ARG002  the parameters are the contract; a default only refuses

from __future__ import annotations

from abc import ABC
from typing import TYPE_CHECKING, ClassVar, NoReturn

from convirt_core.errors import NotSupported
from convirt_core.model import Capability, Disk, GraphicalConsole, Nic, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import MigrationOptions, MigrationProgress
    from convirt_core.platforms.consoles import SerialConsole
    from convirt_core.platforms.vm import VM
    from convirt_core.platforms.vm_config import VMConfig
    from convirt_core.platforms.vm_info import VMInfo
    from convirt_core.platforms.vnode import VNode


class VMM(ABC):  # noqa: B024  every method has a default: what a platform leaves out is not supported
    """The hypervisor of one server. `key` is a VM's key.

    A method **asks** and returns when the hypervisor has taken it; the caller then waits until the state is
    seen (`services.lifecycle`). Every method raises `NotFound` for an unknown key, `WrongState` and
    `OperationFailed` with the hypervisor's reason, `ServerUnavailable` when it does not answer, and
    `OutcomeUnknown` when the connection broke after a change was sent. `live` and `stored` choose the
    running VM, the definition or both. What a platform does not override is not supported.
    """

    reboots_are_new_runs: ClassVar[bool] = False
    """Whether a reboot ends the VM's run and begins another with a new id (Xen). Elsewhere somebody has started it."""

    def __init__(self, vnode: VNode) -> None:
        self.vnode = vnode

    # life
    def start(self, key: str) -> None:
        """Boot a stopped VM, or continue a saved one."""
        self._refuse(Capability.START)

    def shutdown(self, key: str) -> None:
        """Ask the guest to power off. A deaf guest runs on."""
        self._refuse(Capability.SHUTDOWN)

    def reboot(self, key: str) -> None:
        """Ask the guest to reboot."""
        self._refuse(Capability.REBOOT)

    def reset(self, key: str) -> None:
        """Push the reset button."""
        self._refuse(Capability.RESET)

    def kill(self, key: str) -> None:
        """Pull the plug."""
        self._refuse(Capability.KILL)

    def pause(self, key: str) -> None:
        """Stop its processors; it stays in memory."""
        self._refuse(Capability.PAUSE)

    def resume(self, key: str) -> None:
        """Let its processors run on, or wake it."""
        self._refuse(Capability.RESUME)

    def save(self, key: str, path: str) -> None:
        """Write its memory to a file on the server and stop it. A failed one leaves it running, and no file."""
        self._refuse(Capability.SAVE)

    def restore(self, path: str) -> None:
        """Continue a VM from a file that `save` wrote. The file stays."""
        self._refuse(Capability.RESTORE)

    def saved_key(self, path: str) -> str:
        """Return the key of the VM that a file of `save` holds, or raise `OperationFailed` or `NotFound`."""
        self._refuse(Capability.RESTORE)

    def managed_save(self, key: str) -> None:
        """Save its memory where the hypervisor keeps it, so that the next start continues it."""
        self._refuse(Capability.MANAGED_SAVE)

    # definition
    def define(self, config: VMConfig) -> str:
        """Store a new VM's definition; return its key. Raises `AlreadyExists` for a taken name or key."""
        self._refuse(Capability.DEFINE)

    def config(self, key: str) -> VMConfig:
        """Read the persistent definition. Raises `WrongState` for a transient VM, which has none."""
        self._refuse(Capability.DEFINE)

    def write_config(self, config: VMConfig) -> None:
        """Replace the definition. Raises `Conflict` if it is no longer the one that was read."""
        self._refuse(Capability.DEFINE)

    def info(self, key: str) -> VMInfo:
        """Read the running side. Raises `WrongState` when the VM is not resident."""
        self._refuse(Capability.DEFINE)

    def remove(self, key: str) -> None:
        """Remove the definition with the saved state and snapshots that belong to it. Disks stay."""
        self._refuse(Capability.REMOVE)

    def release(self, key: str) -> None:
        """Remove the definition of a VM that is at another server now. No file is touched."""
        self.remove(key)

    def set_autostart(self, key: str, enabled: bool) -> None:
        """Start it with its server, or not."""
        self._refuse(Capability.AUTOSTART)

    # size and devices of a running VM; a definition is changed through its config
    def set_memory_live(self, key: str, memory_bytes: int) -> None:
        """Balloon a running VM. Raises `InvalidInput` above what it may grow to."""
        self._refuse(Capability.SET_MEMORY_LIVE)

    def set_vcpus_live(self, key: str, count: int) -> None:
        """Plug or unplug processors of a running VM. Raises `NotDone` if the guest does not cooperate."""
        self._refuse(Capability.SET_VCPUS_LIVE)

    def attach_disk(self, key: str, disk: Disk, *, live: bool, stored: bool) -> None:
        """Add a disk. Raises `AlreadyExists` if the target is taken."""
        self._refuse(Capability.ATTACH_DISK)

    def detach_disk(self, key: str, target: str, *, live: bool, stored: bool) -> None:
        """Take a disk away; its file stays. Raises `NotDone` if the guest does not let it go."""
        self._refuse(Capability.DETACH_DISK)

    def attach_nic(self, key: str, nic: Nic, *, live: bool, stored: bool) -> Nic:
        """Add a network card; return it with its MAC address."""
        self._refuse(Capability.ATTACH_NIC)

    def detach_nic(self, key: str, mac: str, *, live: bool, stored: bool) -> None:
        """Take a network card away. Raises `NotDone` if the guest does not let it go."""
        self._refuse(Capability.DETACH_NIC)

    # snapshots
    def snapshots(self, key: str) -> list[Snapshot]:
        """Return its snapshots, parents before children."""
        self._refuse(Capability.SNAPSHOT)

    def create_snapshot(self, key: str, name: str, description: str) -> None:
        """Keep its state, disks and (when it runs) memory."""
        self._refuse(Capability.SNAPSHOT)

    def revert_to_snapshot(self, key: str, name: str) -> None:
        """Go back to a kept state; what happened since is lost."""
        self._refuse(Capability.SNAPSHOT)

    def delete_snapshot(self, key: str, name: str) -> None:
        """Forget a kept state; its children stay."""
        self._refuse(Capability.SNAPSHOT)

    # consoles
    def open_serial_console(self, key: str, *, force: bool = False) -> SerialConsole:
        """Open the serial line. Raises `Busy` if somebody has it, unless forced (they are thrown out)."""
        self._refuse(Capability.SERIAL_CONSOLE)

    def graphical_console(self, key: str) -> GraphicalConsole:
        """Say where its screen is served. Raises `NotSupported` if it has none."""
        self._refuse(Capability.GRAPHICAL_CONSOLE)

    # moving to another server
    def migrate(
        self, key: str, destination: VMM, options: MigrationOptions, *, progress: Callable[[MigrationProgress], None]
    ) -> None:
        """Move a running VM to another server; return when it runs there and its definition has left this one.

        :param destination: the VMM of the other server, of the same platform
        :param progress: called about twice a second from the calling thread; what it raises aborts the migration,
            and is raised again once that has ended with the VM here. Raising too late changes nothing
        :raises OperationFailed: it did not go, and the VM is where it was
        :raises OutcomeUnknown: the connection broke; the VM may be at either server
        """
        self._refuse(Capability.MIGRATE_LIVE)

    def is_migrating(self, key: str) -> bool:
        """Whether the VM is on its way to or from another server at this moment."""
        return False

    def stop_migration(self, key: str) -> None:
        """Let a VM that is on its way from here stay, whoever has begun that; one that is not is no error.

        :raises NotSupported: it is on its way, and the platform cannot end that
        :raises OperationFailed: it is too late
        """
        if self.is_migrating(key):
            self._refuse(Capability.MIGRATE_LIVE)

    def moving_config(self, key: str) -> VMConfig:
        """Return what would be defined at the destination: of a running VM its running side."""
        return self.config(key)

    def way_refusal(self, destination: VMM, options: MigrationOptions) -> str:
        """Return why a migration would not find its way to a server, in a sentence; empty: it would.

        Of a direct one that cannot be known for sure, and is told as a warning.
        """
        return ""

    def arrival_downtime_milliseconds(self, key: str) -> int | None:
        """Return how long a VM stood still when it came to this server; None: not known."""
        return None

    # seeing it done
    def is_done(self, capability: Capability, before: VM, now: VM) -> bool | None:
        """Whether an operation without a change of state is done; None: the accepted states decide.

        The default counts boots for reboot and reset where the platform has events.
        """
        if capability not in {Capability.REBOOT, Capability.RESET}:
            return None
        return now.boots > before.boots

    def _refuse(self, capability: Capability) -> NoReturn:
        raise NotSupported(f"{self.vnode.node.platform} cannot do this: {capability.words}.")
