"""What is done to VMs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import (
    Capability,
    Change,
    GraphicalConsole,
    ManagedNode,
    Snapshot,
    VMRecord,
    VMRef,
)
from convirt_core.services.lifecycle import snapshots
from convirt_core.services.lifecycle.autostart import set_autostart
from convirt_core.services.lifecycle.changes import apply_change
from convirt_core.services.lifecycle.cloning import clone
from convirt_core.services.lifecycle.definitions import define, edit_text
from convirt_core.services.lifecycle.following import FollowingConsole, find_next_line
from convirt_core.services.lifecycle.gone import find_gone, forget
from convirt_core.services.lifecycle.operations import restore, run_operation, start_within
from convirt_core.services.lifecycle.removal import remove

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.platforms import Forwarded, SerialConsole
    from convirt_core.services.lifecycle.guard import Guard
    from convirt_core.services.listed import ListedVM
    from convirt_core.services.tasks import TaskHandle


class Lifecycle:
    """What is done to VMs. Every change is a task that holds the VM, with the hooks around it.

    Every method raises `NotSupported` and `WrongState` before anything is begun, `Busy` while another task
    holds the VM, `ChecksFailed` when a check refuses (`force` overrides), `NotDone` when the deadline passes,
    `OutcomeUnknown` when the server stopped answering after it was asked. Where a sentence is returned, it
    says what was done.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def run(
        self,
        capability: Capability,
        vm: ListedVM,
        *,
        path: str = "",
        force: bool = False,
        deadline_seconds: float | None = None,
    ) -> str:
        """Do one of start, shutdown, reboot, reset, kill, pause, resume, save, managed-save.

        :param path: of the file on the server, for save
        :param deadline_seconds: until it is seen done; None: the VM's own, or the operation's
        """
        return run_operation(self._guard, capability, vm, path=path, force=force, deadline_seconds=deadline_seconds)

    def start_within(self, handle: TaskHandle, ref: VMRef, *, force: bool = False) -> None:
        """Boot a VM that a running task has made and holds; return when it is seen running."""
        start_within(self._guard, handle, ref, force=force)

    def restore(
        self, server: ManagedNode, path: str, *, force: bool = False, deadline_seconds: float | None = None
    ) -> str:
        """Continue a VM from a file on the server that `save` wrote."""
        return restore(self._guard, server, path, force=force, deadline_seconds=deadline_seconds)

    def set_autostart(self, vm: ListedVM, enabled: bool, *, force: bool = False) -> str:
        """Start it with its server, or not."""
        return set_autostart(self._guard, vm, enabled=enabled, force=force)

    def apply(self, vm: ListedVM, change: Change, *, force: bool = False, or_stored: bool = False) -> list[str]:
        """Change the definition, the running VM or both; return a sentence for each thing done.

        :param or_stored: if the running VM is not made for the sizes, the definition alone changes
        :raises Conflict: the definition is no longer the one of `change.digest`
        """
        return apply_change(self._guard, vm, change, force=force, or_stored=or_stored)

    def remove(
        self, vm: ListedVM, *, keep_disks: bool = False, force: bool = False, deadline_seconds: float | None = None
    ) -> str:
        """Remove a stopped VM: definition, the disks that ConVirt made for it, and its record.

        A disk that was detached, or that another VM of the server names by now, stays; the sentence says so.
        """
        return remove(self._guard, vm, keep_disks=keep_disks, force=force, deadline_seconds=deadline_seconds)

    def find_gone(self, name: str) -> VMRecord | None:
        """Return the record with this exact name, `server/name` or key whose VM its server has no longer, or None.

        :raises ServerUnavailable: if the server of such a record does not say
        """
        return find_gone(self._guard, name)

    def forget(self, record: VMRecord) -> str:
        """Remove the record of a VM that was removed without ConVirt. No file is touched.

        :raises Refused: if its server has the VM
        """
        return forget(self._guard, record)

    def define(
        self,
        server: ManagedNode,
        *,
        values: Mapping[str, object] | None = None,
        text: str = "",
        origin: str = "",
        force: bool = False,
    ) -> VMRef:
        """Define a new, managed VM from values (see `STANDARD_KEYS`) or from the hypervisor's own text.

        :param origin: where the definition comes from, such as a file's name, for messages
        """
        return define(self._guard, server, values, text, origin, force=force)

    def edit_text(self, vm: ListedVM, text: str, digest: str, *, force: bool = False) -> str:
        """Replace the definition by the hypervisor's own text, edited.

        :param digest: of the `VMConfig` whose text was edited
        :raises Conflict: someone changed it since
        """
        return edit_text(self._guard, vm, text, digest, force=force)

    def clone(self, vm: ListedVM, name: str, *, linked: bool = False, force: bool = False) -> VMRef:
        """Make a managed copy of a stopped VM on its server.

        :param linked: the copy's disks are overlays on the originals, which must then stay as they are
        """
        return clone(self._guard, vm, name, linked=linked, force=force)

    def snapshots(self, vm: ListedVM) -> list[Snapshot]:
        """Return its snapshots, parents before children."""
        return snapshots.list_snapshots(self._guard, vm)

    def create_snapshot(self, vm: ListedVM, name: str, description: str = "", *, force: bool = False) -> str:
        """Keep its state, disks and (when it runs) memory."""
        return snapshots.create_snapshot(self._guard, vm, name, description, force=force)

    def revert_to_snapshot(self, vm: ListedVM, name: str, *, force: bool = False) -> str:
        """Go back to a kept state; what happened since is lost."""
        return snapshots.revert_to_snapshot(self._guard, vm, name, force=force)

    def delete_snapshot(self, vm: ListedVM, name: str, *, force: bool = False) -> str:
        """Forget a kept state; its children stay."""
        return snapshots.delete_snapshot(self._guard, vm, name, force=force)

    def open_console(self, vm: ListedVM, *, force: bool = False) -> SerialConsole:
        """Open its serial line, which follows the VM to other servers.

        :raises Busy: somebody has it, unless forced (they are thrown out)
        """
        servers, key = self._guard.servers, vm.ref.key
        server = servers.get(vm.ref.server)
        self._guard.look(server, key, [Capability.SERIAL_CONSOLE])
        line = server.call(lambda _, vmm: vmm.open_serial_console(key, force=force))
        return FollowingConsole(line, vm.ref.server, lambda left: find_next_line(servers, key, left))

    def graphical_console(self, vm: ListedVM) -> GraphicalConsole:
        """Say where its screen is served. Raises `NotSupported` if it has none."""
        server = self._guard.servers.get(vm.ref.server)
        self._guard.look(server, vm.ref.key, [Capability.GRAPHICAL_CONSOLE])
        return server.call(lambda _, vmm: vmm.graphical_console(vm.ref.key))

    def open_screen(self, vm: ListedVM) -> tuple[GraphicalConsole, Forwarded]:
        """Make its screen reachable here, as a UNIX socket of this person's alone; the caller closes it.

        No port of the server needs to be open for it. Raises `NotSupported` if it has none.
        """
        screen = self.graphical_console(vm)
        proxy = self._guard.servers.get(vm.ref.server).proxy
        if screen.socket_path:
            return screen, proxy.forward_unix(screen.socket_path)
        return screen, proxy.forward_tcp(screen.host, screen.port)
