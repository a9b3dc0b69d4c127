"""What the placement and migration checks are asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from convirt_core.model.migration import MigrationOptions

if TYPE_CHECKING:
    from convirt_core.model.images import Image
    from convirt_core.model.nodes import ManagedNode, VMRef


@frozen
class PlacementRequest:
    """A VM is to be provisioned on a server.

    :param memory_bytes: that the VM will need
    """

    server: ManagedNode
    image: Image
    vm_name: str
    memory_bytes: int
    vcpus: int


@frozen
class MigrationRequest:
    """A VM is to move from one server to another.

    :param options: how it is to move; whether it runs meanwhile is `options.live`
    :param memory_bytes: that the VM may grow to
    :param memory_of_all_bytes: that it may grow to, with the VMs that run and go to the destination after it
    :param promised_bytes: of the destination's free memory, for VMs that are to go there before it and have not yet
    """

    vm: VMRef
    vm_name: str
    source: ManagedNode
    destination: ManagedNode
    options: MigrationOptions = field(factory=MigrationOptions)
    memory_bytes: int = 0
    memory_of_all_bytes: int = 0
    promised_bytes: int = 0

    @property
    def live(self) -> bool:
        """Whether it runs meanwhile."""
        return self.options.live
