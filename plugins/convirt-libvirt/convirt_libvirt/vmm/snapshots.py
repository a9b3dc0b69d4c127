"""Kept states of a VM: libvirt's internal snapshots, which live inside its qcow2 disks."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

from typing import Any

import libvirt

from convirt_core.errors import AlreadyExists, InvalidInput, NotFound
from convirt_core.model import Snapshot
from convirt_libvirt.vmm.base import LibvirtVMMBase


class Snapshots(LibvirtVMMBase):
    """Create, list, revert, delete."""

    def snapshots(self, key: str) -> list[Snapshot]:
        domain = self.find(key)
        with self.vnode.connection.asking(f"list the snapshots of {domain.name()}"):
            found = domain.listAllSnapshots(libvirt.VIR_DOMAIN_SNAPSHOT_LIST_TOPOLOGICAL)
            current = domain.snapshotCurrent(0).getName() if domain.hasCurrentSnapshot(0) else ""
            texts = [snapshot.getXMLDesc(0) for snapshot in found]
        return [_snapshot(text, current) for text in texts]

    def create_snapshot(self, key: str, name: str, description: str) -> None:
        if not name.strip() or "/" in name or not name.isprintable():
            raise InvalidInput(f"{name!r} cannot be the name of a snapshot.", remedy="Use letters and digits.")
        domain = self.find(key)
        with self.vnode.connection.asking(f"list the snapshots of {domain.name()}"):
            if name in domain.snapshotListNames(0):
                raise AlreadyExists(f"{domain.name()} has a snapshot {name} already.", remedy="Choose another name.")
        with self.changing_slowly(key, "make a snapshot of") as domain:
            domain.snapshotCreateXML(_snapshot_xml(name, description), libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC)

    def revert_to_snapshot(self, key: str, name: str) -> None:
        with self.changing_slowly(key, f"revert to {name}") as domain:
            domain.revertToSnapshot(self._find_snapshot(domain, name), 0)

    def delete_snapshot(self, key: str, name: str) -> None:
        with self.changing_slowly(key, f"delete the snapshot {name} of") as domain:
            self._find_snapshot(domain, name).delete(0)

    def _find_snapshot(self, domain: Any, name: str) -> Any:
        try:
            return domain.snapshotLookupByName(name, 0)
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT:
                raise
            raise NotFound(f"{domain.name()} has no snapshot {name}.") from error


def _snapshot_xml(name: str, description: str) -> str:
    from convirt_libvirt.domain.xml import add, new_element, to_text  # noqa: PLC0415  a listing of VMs needs no XML

    root = new_element("domainsnapshot")
    add(root, "name", name)
    add(root, "description", description)
    return to_text(root)


def _snapshot(xml: str, current: str) -> Snapshot:
    """Read a snapshot's XML (libvirt, `formatsnapshot`)."""
    from convirt_libvirt.domain import parse_xml  # noqa: PLC0415  a listing of VMs needs no XML

    element = parse_xml(xml, "domainsnapshot")
    name = element.findtext("name") or ""
    return Snapshot(
        name=name,
        created_at=float(element.findtext("creationTime") or 0),
        state=_STATES.get(element.findtext("state") or "", element.findtext("state") or ""),
        description=element.findtext("description") or "",
        parent=element.findtext("parent/name") or "",
        is_current=name == current,
    )


_STATES = {"shutoff": "stopped", "shutdown": "stopping", "pmsuspended": "suspended", "blocked": "running"}
"""libvirt's words where ours differ."""
