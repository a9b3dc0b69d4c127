"""The VMs of all servers: listing, finding, looking, and taking them under management."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator

from attrs import field, frozen

from convirt_core.errors import ConvirtError
from convirt_core.model import InfoSection, ManagedNode, VMRecord, VMRef
from convirt_core.platforms import VM, VMDetails


@frozen
class ListedVM:
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


@frozen
class ServerAnswer:
    """What one server said.

    :param vms: as they were `age_seconds` ago; empty if it never answered
    :param error: why it did not answer now
    """

    node: ManagedNode
    vms: tuple[ListedVM, ...] = ()
    error: ConvirtError | None = field(default=None, eq=False)
    age_seconds: float = 0.0


class VMs:
    """Looks at VMs and their records. What changes a VM is in `lifecycle`."""

    def list(self, servers: Iterable[ManagedNode] | None = None) -> Iterator[ServerAnswer]:
        """Ask servers (None: all) at once and yield each answer as it comes; a bad server is only its own error."""
        raise NotImplementedError

    def find(self, name: str) -> ListedVM:
        """Return the VM that is meant by its name, `server/name`, key, or a unique prefix of its name.

        :raises NotFound: no server that answered has it; the message names those that did not
        :raises Ambiguous: several have it; the message lists `server/name`
        """
        raise NotImplementedError

    def details(self, ref: VMRef) -> VMDetails:
        """Read one VM whole. Raises `NotFound`."""
        raise NotImplementedError

    def info_sections(self, ref: VMRef) -> builtins.list[InfoSection]:
        """Return what is to be shown of it: ours, its platform's and every extension's."""
        raise NotImplementedError

    def record(self, ref: VMRef) -> VMRecord | None:
        """Return our record, or None for an unmanaged VM."""
        raise NotImplementedError

    def import_vm(self, ref: VMRef) -> VMRecord:
        """Take it under management. Raises `AlreadyExists` if it is."""
        raise NotImplementedError

    def set_notes(self, ref: VMRef, notes: str) -> VMRecord:
        """Write a note into the record. Raises `NotFound` for an unmanaged VM."""
        raise NotImplementedError
