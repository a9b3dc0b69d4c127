"""Which way leads to a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import NotSupported
from convirt_core.remote.local import LocalProxy

if TYPE_CHECKING:
    from convirt_core.model import ManagedNode
    from convirt_core.platforms import NodeProxy


def open_proxy(node: ManagedNode) -> NodeProxy:
    """Return the way to a server. No I/O.

    :raises NotSupported: for any but this machine
    """
    if node.is_local:
        return LocalProxy(node.name)
    raise NotSupported(
        f"{node.name} is at {node.address}: servers other than this machine are not supported yet.",
        remedy="Give the server the address 'local'.",
    )
