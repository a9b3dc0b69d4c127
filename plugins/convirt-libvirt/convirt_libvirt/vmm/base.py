"""What every concern of the VMM needs: finding a domain, and changing it with libvirt's errors as ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import libvirt

from convirt_core.platforms import VMM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_libvirt.domain import LibvirtConfig
    from convirt_libvirt.vnode import LibvirtVNode

LIVE = libvirt.VIR_DOMAIN_AFFECT_LIVE
STORED = libvirt.VIR_DOMAIN_AFFECT_CONFIG
_DEFINITION = libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE


class LibvirtVMMBase(VMM):
    """A VMM whose keys are UUIDs of domains.

    :param vnode: the server, made by the same platform
    """

    vnode: LibvirtVNode

    def __init__(self, vnode: LibvirtVNode) -> None:
        super().__init__(vnode)

    def read_config(self, xml: str) -> LibvirtConfig:
        """Return a definition that was read. A platform with keys of its own returns its own class."""
        from convirt_libvirt.domain import LibvirtConfig  # noqa: PLC0415  a listing of VMs needs no XML

        return LibvirtConfig(xml)

    def find(self, key: str, handle: libvirt.virConnect | None = None) -> Any:
        """Return the libvirt domain of a key.

        :param handle: a connection that was lent; None: the shared one
        :raises NotFound: if there is none
        """
        return self.vnode.connection.find(key, handle)

    @contextmanager
    def changing(self, key: str, verb: str) -> Iterator[Any]:
        """Lend a domain for one call that changes it and that libvirt does by itself.

        :param verb: for the message: `remove` makes `Cannot remove web1 on host1: …`
        """
        domain = self.find(key)
        with self.vnode.connection.changing(f"{verb} {domain.name()}"):
            yield domain

    @contextmanager
    def changing_slowly(self, key: str, verb: str) -> Iterator[Any]:
        """Likewise for a call that asks the VM's QEMU, which may hang, or takes long: on a connection of its own."""
        connection = self.vnode.connection
        with connection.apart() as handle:
            domain = self.find(key, handle)
            with connection.changing(f"{verb} {domain.name()}"):
                yield domain

    def is_active(self, domain: Any) -> bool:
        """Whether the hypervisor holds the domain."""
        with self.vnode.connection.asking(f"read the state of {domain.name()}"):
            return bool(domain.isActive())

    def definition_of(self, domain: Any) -> str:
        """Return the persistent definition, with its secrets."""
        with self.vnode.connection.asking(f"read the definition of {domain.name()}"):
            xml: str = domain.XMLDesc(_DEFINITION)
        return xml

    def live_xml_of(self, domain: Any, *, secrets: bool = False) -> str:
        """Return the running side's XML."""
        with self.vnode.connection.asking(f"read the running side of {domain.name()}"):
            xml: str = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE if secrets else 0)
        return xml
