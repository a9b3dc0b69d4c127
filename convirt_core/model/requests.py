"""What the placement and migration checks are asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

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

    :param live: whether it runs meanwhile
    """

    vm: VMRef
    vm_name: str
    source: ManagedNode
    destination: ManagedNode
    live: bool = True
