"""Which of several servers a VM of one that is evacuated goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.errors import ConvirtError, WrongState
from convirt_core.services.migration.plan import largest_memory_bytes, make_plan, resident_memory_bytes
from convirt_core.services.servers import ask_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from convirt_core.model import ManagedNode, MigrationOptions
    from convirt_core.services.lifecycle.guard import Guard
    from convirt_core.services.listed import ListedVM
    from convirt_core.services.migration.plan import Plan


class Candidates:
    """Servers to choose from: a VM goes to the one with most free memory that nothing stands against.

    :param vms: all that are to go, in their order
    :param migration: options of each migration; whether it is live is decided by the VM's state
    """

    def __init__(
        self, guard: Guard, vms: Sequence[ListedVM], nodes: Sequence[ManagedNode], migration: MigrationOptions
    ) -> None:
        self._guard = guard
        self._vms = vms
        self._nodes = nodes
        self._migration = migration

    def plans(self, vm: ListedVM, promised_bytes: Callable[[ManagedNode], int] = lambda _: 0) -> Iterator[Plan]:
        """Yield what a migration to each server that answers would be, as it is asked for.

        :param promised_bytes: of a server's free memory, for VMs that are to go there before and have not yet
        :raises WrongState: no server answers
        """
        migration = evolve(self._migration, live=vm.vm.state.is_resident)
        nodes = self._by_free_memory(promised_bytes)
        if not nodes:
            raise WrongState(f"No server answers that {vm.name} could go to.")
        for node in nodes:
            of_all, promised = largest_memory_bytes(vm) + self._following_bytes(vm), promised_bytes(node)
            yield make_plan(self._guard, vm, node, migration, memory_of_all_bytes=of_all, promised_bytes=promised)

    def _following_bytes(self, vm: ListedVM) -> int:
        """Return the memory of the VMs after this one, if all go to one server; 0: they can be spread."""
        if len(self._nodes) > 1:
            return 0
        return sum(resident_memory_bytes(other) for other in self._vms[self._vms.index(vm) + 1 :])

    def _by_free_memory(self, promised_bytes: Callable[[ManagedNode], int]) -> list[ManagedNode]:
        """Return those that answer, that with most free memory first."""
        if len(self._nodes) == 1:
            return list(self._nodes)
        servers = [self._guard.servers.of(node) for node in self._nodes]
        free = [
            ((answer.memory_free_bytes or 0) - promised_bytes(server.node), server.node.name, server.node)
            for server, answer in ask_all(servers, lambda vnode: vnode.hypervisor_facts())
            if not isinstance(answer, ConvirtError)
        ]
        return [node for _, _, node in sorted(free, key=lambda row: (-row[0], row[1]))]
