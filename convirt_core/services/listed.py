"""What listing VMs answers: the VMs of each server, or why it said nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from convirt_core.errors import ConvirtError
    from convirt_core.model import ManagedNode, VMRef
    from convirt_core.platforms import VM


class ListedVM(NamedTuple):
    """A VM with the server it is on.

    :param vm: as it was when it was listed
    :param managed: there is a record of it
    """

    ref: VMRef
    server: ManagedNode
    vm: VM
    managed: bool

    @property
    def name(self) -> str:
        """The VM's name."""
        return self.vm.name


class ServerAnswer(NamedTuple):
    """What one server said.

    :param vms: as they were `age_seconds` ago; empty if it never answered
    :param error: why it did not answer now
    """

    node: ManagedNode
    vms: tuple[ListedVM, ...] = ()
    error: ConvirtError | None = None
    age_seconds: float = 0.0


def said_of(node: ManagedNode, sentence: str) -> str:
    """Begin a sentence with the server that it is about, unless it does."""
    return sentence if sentence.startswith(f"{node.name} ") else f"{node.name}: {sentence}"
