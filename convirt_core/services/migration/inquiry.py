"""What the checks of a migration ask about: each fact is read once, when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from convirt_core.model import Capability
from convirt_core.platforms import missing_networks
from convirt_core.services.migration.storage import files_of_vm
from convirt_core.services.vm_files import disks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import Finding, HypervisorFacts, MigrationOptions, MigrationRequest, Snapshot
    from convirt_core.platforms import VM, VMM, VMConfig, VNode
    from convirt_core.services.migration.storage import MovingFile
    from convirt_core.services.servers import Server
    from convirt_core.store import Store

T = TypeVar("T")

CHECK_SECONDS = 30.0
"""Deadline of one look of a check."""


class Inquiry:
    """One migration that somebody asks about.

    :param request: what is asked
    """

    def __init__(self, request: MigrationRequest, store: Store, source: Server, destination: Server) -> None:
        self.request = request
        self.store = store
        self.source = source
        self.destination = destination

    @property
    def options(self) -> MigrationOptions:
        """How it is to move."""
        return self.request.options

    @property
    def key(self) -> str:
        """The VM's key."""
        return self.request.vm.key

    @property
    def here(self) -> str:
        """The source's name."""
        return self.source.node.name

    @property
    def there(self) -> str:
        """The destination's name."""
        return self.destination.node.name

    @cached_property
    def vm(self) -> VM:
        """The VM as it is now. Raises `NotFound`."""
        return self.source.look(lambda vnode: vnode.vm(self.key))

    @cached_property
    def is_under_way(self) -> bool:
        """Whether the VM moves at this moment, whoever has begun that."""
        return self.vm.state.is_resident and self._ask(self.source, lambda _, vmm: vmm.is_migrating(self.key))

    @cached_property
    def config(self) -> VMConfig:
        """What would be defined at the destination."""
        return self._ask(self.source, lambda _, vmm: vmm.moving_config(self.key))

    @cached_property
    def snapshots(self) -> list[Snapshot]:
        """The VM's snapshots; none where the platform has none."""
        if Capability.SNAPSHOT not in self.vm.capabilities:
            return []
        return self._ask(self.source, lambda _, vmm: vmm.snapshots(self.key))

    @cached_property
    def source_facts(self) -> HypervisorFacts:
        """What the source's hypervisor is."""
        return self._look(self.source, lambda vnode: vnode.hypervisor_facts())

    @cached_property
    def destination_facts(self) -> HypervisorFacts:
        """What the destination's is."""
        return self._look(self.destination, lambda vnode: vnode.hypervisor_facts())

    @cached_property
    def destination_free_bytes(self) -> int | None:
        """The memory that the destination has for VMs when this one's turn comes; None: not known."""
        free = self.destination_facts.memory_free_bytes
        return None if free is None else max(0, free - self.request.promised_bytes)

    @cached_property
    def destination_vms(self) -> list[VM]:
        """What the destination has already."""
        return self._look(self.destination, lambda vnode: vnode.vms())

    @cached_property
    def destination_disks(self) -> dict[str, str]:
        """The disks of the VMs that the destination has: path → name of the VM."""

        def read(vnode: VNode, vmm: VMM) -> dict[str, str]:
            return {disk.source: vm.name for vm in vnode.vms() for disk in disks_of(vm, vmm)}

        return self._ask(self.destination, read)

    @cached_property
    def missing_networks(self) -> list[Finding]:
        """The networks and bridges of the VM that are not there."""
        nics = self.config.nics()
        return self._look(self.destination, lambda vnode: missing_networks(nics, vnode))

    @cached_property
    def cpu_refusal(self) -> str:
        """Why the VM's processor cannot be had there."""
        config, facts = self.config, self.source_facts
        return self._look(self.destination, lambda vnode: vnode.cpu_refusal(config, facts))

    @cached_property
    def way_refusal(self) -> str:
        """Why the source does not reach the destination."""
        other = self._ask(self.destination, lambda _, vmm: vmm)
        return self._ask(self.source, lambda _, vmm: vmm.way_refusal(other, self.options))

    @cached_property
    def files(self) -> tuple[MovingFile, ...]:
        """The VM's files, with what the destination has of each."""
        source, destination = self.source.proxy, self.destination.proxy
        return files_of_vm(self.config, source, destination, live=self.options.live, copied=self.options.copy_storage)

    def _look(self, server: Server, function: Callable[[VNode], T]) -> T:
        return server.look(function, deadline_seconds=CHECK_SECONDS)

    def _ask(self, server: Server, function: Callable[[VNode, VMM], T]) -> T:
        return server.call(function, deadline_seconds=CHECK_SECONDS)
