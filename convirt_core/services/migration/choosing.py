"""Which of several servers a VM of one that is evacuated goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.errors import ConvirtError, WrongState
from convirt_core.services.migration.plan import largest_memory_bytes, make_plan
from convirt_core.services.servers import ask_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from convirt_core.model import ManagedNode, MigrationOptions
    from convirt_core.services.lifecycle.guard import Guard
    from convirt_core.services.migration.plan import Plan
    from convirt_core.services.vms import ListedVM


class Candidates:
    """Servers to choose from: a VM goes to the one with most free memory that nothing stands against.

    :param migration: options of each migration; whether it is live is decided by the VM's state
    """

    def __init__(self, guard: Guard, nodes: Sequence[ManagedNode], migration: MigrationOptions) -> None:
        self._guard = guard
        self._nodes = nodes
        self._migration = migration

    def plans(self, vm: ListedVM, others_bytes: Callable[[ManagedNode], int]) -> Iterator[Plan]:
        """Yield what a migration to each server that answers would be, as it is asked for.

        :param others_bytes: memory of the VMs that are to go to a server besides, and are not there yet
        :raises WrongState: no server answers
        """
        migration = evolve(self._migration, live=vm.vm.state.is_resident)
        nodes = self._by_free_memory(others_bytes)
        if not nodes:
            raise WrongState(f"No server answers that {vm.name} could go to.")
        for node in nodes:
            memory_of_all_bytes = largest_memory_bytes(vm) + others_bytes(node)
            yield make_plan(self._guard, vm, node, migration, memory_of_all_bytes=memory_of_all_bytes)

    def _by_free_memory(self, others_bytes: Callable[[ManagedNode], int]) -> list[ManagedNode]:
        """Return those that answer, that with most free memory first."""
        if len(self._nodes) == 1:
            return list(self._nodes)
        servers = [self._guard.servers.of(node) for node in self._nodes]
        free = [
            ((answer.memory_free_bytes or 0) - others_bytes(server.node), server.node.name, server.node)
            for server, answer in ask_all(servers, lambda vnode: vnode.hypervisor_facts())
            if not isinstance(answer, ConvirtError)
        ]
        return [node for _, _, node in sorted(free, key=lambda row: (-row[0], row[1]))]
