"""A server with libvirt's QEMU driver."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar

from convirt_kvm.capabilities import QEMU_CAPABILITIES
from convirt_kvm.options import ACCELERATOR, AUTO
from convirt_libvirt.vnode import LibvirtVNode

if TYPE_CHECKING:
    from convirt_core.model import Capability, ManagedNode
    from convirt_core.platforms import NodeSession
    from convirt_kvm.acceleration import Proof


class KVMVNode(LibvirtVNode):
    """A server that runs VMs under QEMU, with KVM where that works."""

    default_uri: ClassVar[str] = "qemu:///system"
    possible: ClassVar[frozenset[Capability]] = QEMU_CAPABILITIES

    def __init__(self, node: ManagedNode, session: NodeSession) -> None:
        super().__init__(node, session)
        self._proving = threading.Lock()
        self._proof: Proof | None = None

    def connect(self) -> None:
        self._proof = None
        super().connect()

    def proof(self) -> Proof:
        """Return whether KVM runs guests here; found out once a connection, by running one."""
        from convirt_kvm.acceleration import prove_kvm  # noqa: PLC0415  a listing of VMs proves nothing

        with self._proving:
            if self._proof is None:
                self._proof = prove_kvm(self.session.proxy)
            return self._proof

    def accelerator(self) -> str:
        """Return `kvm` or `tcg`: what the server's option says, or what works."""
        chosen = self.chosen_accelerator
        return self.proof().accelerator if chosen == AUTO else chosen

    @property
    def chosen_accelerator(self) -> str:
        """What the server's option says: `auto`, `kvm` or `tcg`."""
        return str(self.node.options.get(ACCELERATOR) or AUTO)
