"""The first way to a server, in the thread of a person who has time to answer."""

from __future__ import annotations

from contextlib import closing, contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.model import ManagedNode
    from convirt_core.platforms import NodeProxy
    from convirt_core.remote import Ways


@contextmanager
def entered(ways: Ways, node: ManagedNode, *, host_key: str = "", install_key: bool = False) -> Iterator[NodeProxy]:
    """Hold a way to a server for a block, so that all in it is one connection.

    :param host_key: the fingerprint that its host key must have, also if another is known; empty: not said
    :param install_key: put the person's public key on it, so that no password is asked any more
    :raises Refused: its host key is not the right one
    :raises InvalidInput: there is no public key to put there; said before a password is asked
    """
    expecting = ways.expecting_host_key(node, host_key) if host_key else nullcontext()
    with expecting, closing(ways.open_proxy(node)) as proxy:
        if install_key:
            ways.install_key(node)
        proxy.reach()
        yield proxy
