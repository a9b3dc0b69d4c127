"""Where a server's libvirt is, as its options say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convirt_core.model import ManagedNode

URI_OPTION = "uri"
"""The node option that says it, for all platforms of libvirt."""

MIGRATION_URI_OPTION = "migration_uri"
"""The node option that says by which URI other servers' libvirt reaches this one's."""

MIGRATION_ADDRESS_OPTION = "migration_address"
"""The node option that says to which of its addresses a VM's memory and disks are sent."""


def own_uri(node: ManagedNode) -> str:
    """Return the URI that the server was given, or empty: it then is the one of the platform, on that server."""
    return str(node.options.get(URI_OPTION) or "")
