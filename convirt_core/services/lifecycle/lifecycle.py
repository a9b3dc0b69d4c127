"""What is done to VMs."""

from __future__ import annotations

from collections.abc import Mapping

from convirt_core.model import (
    Capability,
    Change,
    GraphicalConsole,
    ManagedNode,
    Snapshot,
    VMRef,
)
from convirt_core.platforms import SerialConsole
from convirt_core.services.vms import ListedVM


class Lifecycle:
    """What is done to VMs. Every change is a task that holds the VM, with the hooks around it.

    Every method raises `NotSupported` and `WrongState` before anything is begun, `Busy` while another task
    holds the VM, `ChecksFailed` when a check refuses (`force` overrides), `NotDone` when the deadline passes,
    `OutcomeUnknown` when the server stopped answering after it was asked. Where a sentence is returned, it
    says what was done.
    """

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
        raise NotImplementedError

    def restore(
        self, server: ManagedNode, path: str, *, force: bool = False, deadline_seconds: float | None = None
    ) -> str:
        """Continue a VM from a file on the server that `save` wrote."""
        raise NotImplementedError

    def set_autostart(self, vm: ListedVM, enabled: bool, *, force: bool = False) -> str:
        """Start it with its server, or not."""
        raise NotImplementedError

    def apply(self, vm: ListedVM, change: Change, *, force: bool = False) -> list[str]:
        """Change the definition, the running VM or both; return a sentence for each thing done.

        :raises Conflict: the definition is no longer the one of `change.digest`
        """
        raise NotImplementedError

    def remove(
        self, vm: ListedVM, *, keep_disks: bool = False, force: bool = False, deadline_seconds: float | None = None
    ) -> str:
        """Remove a stopped VM: definition, the disks that ConVirt made for it, and its record."""
        raise NotImplementedError

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
        raise NotImplementedError

    def edit_text(self, vm: ListedVM, text: str, digest: str, *, force: bool = False) -> str:
        """Replace the definition by the hypervisor's own text, edited.

        :param digest: of the `VMConfig` whose text was edited
        :raises Conflict: someone changed it since
        """
        raise NotImplementedError

    def clone(self, vm: ListedVM, name: str, *, linked: bool = False, force: bool = False) -> VMRef:
        """Make a managed copy of a stopped VM on its server.

        :param linked: the copy's disks are overlays on the originals, which must then stay as they are
        """
        raise NotImplementedError

    def snapshots(self, vm: ListedVM) -> list[Snapshot]:
        """Return its snapshots, parents before children."""
        raise NotImplementedError

    def create_snapshot(self, vm: ListedVM, name: str, description: str = "", *, force: bool = False) -> str:
        """Keep its state, disks and (when it runs) memory."""
        raise NotImplementedError

    def revert_to_snapshot(self, vm: ListedVM, name: str, *, force: bool = False) -> str:
        """Go back to a kept state; what happened since is lost."""
        raise NotImplementedError

    def delete_snapshot(self, vm: ListedVM, name: str, *, force: bool = False) -> str:
        """Forget a kept state; its children stay."""
        raise NotImplementedError

    def open_console(self, vm: ListedVM, *, force: bool = False) -> SerialConsole:
        """Open its serial line. Raises `Busy` if somebody has it, unless forced (they are thrown out)."""
        raise NotImplementedError

    def graphical_console(self, vm: ListedVM) -> GraphicalConsole:
        """Say where its screen is served. Raises `NotSupported` if it has none."""
        raise NotImplementedError
