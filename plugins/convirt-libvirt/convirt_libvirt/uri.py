"""Where a server's libvirt is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import NotSupported

if TYPE_CHECKING:
    from convirt_core.model import ManagedNode

URI_OPTION = "uri"
"""The node option that says it, for all platforms of libvirt."""

MIGRATION_URI_OPTION = "migration_uri"
"""The node option that says by which URI other servers' libvirt reaches this one's."""

MIGRATION_ADDRESS_OPTION = "migration_address"
"""The node option that says to which of its addresses a VM's memory and disks are sent."""


def libvirt_uri(node: ManagedNode, default: str) -> str:
    """Return the node's own URI, or the default for this machine.

    :raises NotSupported: for another machine without a URI: the default would show this one in its place
    """
    uri = str(node.options.get(URI_OPTION) or "")
    if uri:
        return uri
    if not node.is_local:
        raise NotSupported(
            f"{node.name} is at {node.address}, and its libvirt is not reachable from here yet.",
            remedy="Set the server's option 'uri', such as qemu+tcp://host/system.",
        )
    return default
