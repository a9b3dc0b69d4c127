"""Moving VMs to other servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput
from convirt_core.model import MigrationOptions
from convirt_core.services.migration.evacuation import Departure, Evacuation, EvacuationOptions, in_order
from convirt_core.services.migration.foresight import Foresight, Prospect
from convirt_core.services.migration.moving import Move, Moved
from convirt_core.services.migration.plan import Plan, make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from convirt_core.model import ManagedNode
    from convirt_core.services.lifecycle import Guard
    from convirt_core.services.listed import ListedVM
    from convirt_core.services.vms import VMs


class Migrations:
    """Moves VMs to other servers. Each migration is a task that holds the VM at both.

    :param folder: of this machine, for files that are sent through it
    """

    def __init__(self, guard: Guard, vms: VMs, folder: Path) -> None:
        self._guard = guard
        self._vms = vms
        self._folder = folder

    def plan(
        self,
        vm: ListedVM,
        destination: ManagedNode,
        options: MigrationOptions | None = None,
        *,
        memory_of_all_bytes: int = 0,
    ) -> Plan:
        """Look at a migration: what stands against it, which files are copied.

        :param options: None: live if it runs, else its definition; of shared storage
        :param memory_of_all_bytes: that this and all VMs that go there with it may grow to; 0: it goes alone
        """
        chosen = options or MigrationOptions(live=vm.vm.state.is_resident)
        return make_plan(self._guard, vm, destination, chosen, memory_of_all_bytes=memory_of_all_bytes)

    def migrate(self, plan: Plan, *, force: bool = False, deadline_seconds: float | None = None) -> Moved:
        """Do what was looked at; return when the VM is at the destination alone, with its record.

        When it fails, is cancelled or cut off, the VM is where it was, and what was made for it is gone; what
        cannot be told at once is settled by the next command, see `OutcomeUnknown`.

        :param deadline_seconds: until it is there, with copies of its disks; None: as long as something is sent
        :raises ChecksFailed: errors stand against it; `force` overrides
        """
        plan.refuse(force=force)
        return Move(self._guard, plan, self._folder, deadline_seconds=deadline_seconds).run(force=force)

    def evacuate(
        self,
        server: ManagedNode,
        destinations: Sequence[ManagedNode],
        options: EvacuationOptions | None = None,
        *,
        told: Callable[[Departure], None] = lambda _: None,
    ) -> list[Departure]:
        """Move all VMs of a server away; return what became of each. A failure does not hold up the others.

        :param destinations: to choose from, for each VM
        :param told: of each VM as soon as it has moved or stayed, from any thread
        """
        chosen = options or EvacuationOptions()
        others = _others(server, destinations)
        vms = in_order(self._vms.of_server(server), chosen.order)
        return Evacuation(self._guard, vms, others, chosen, folder=self._folder, told=told).run()

    def plan_evacuation(
        self,
        server: ManagedNode,
        destinations: Sequence[ManagedNode],
        options: EvacuationOptions | None = None,
        *,
        told: Callable[[Prospect], None] = lambda _: None,
    ) -> list[Prospect]:
        """Look at an evacuation: where each VM would go, and what stands against it. Nothing is moved.

        :param destinations: to choose from, for each VM
        :param told: of each VM as soon as it was looked at
        """
        chosen = options or EvacuationOptions()
        others = _others(server, destinations)
        vms = in_order(self._vms.of_server(server), chosen.order)
        return Foresight(self._guard, vms, others, chosen).look(told)


def _others(server: ManagedNode, destinations: Sequence[ManagedNode]) -> list[ManagedNode]:
    """Return the servers to choose from. Raises `InvalidInput` if there is none."""
    others = [node for node in destinations if node.id != server.id]
    if not others:
        raise InvalidInput(f"There is no server that the VMs of {server.name} could go to.")
    return others
