"""The environments of an application's servers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from convirt_core.services.environment.reading import read_environment

if TYPE_CHECKING:
    from convirt_core.model import ManagedNode, ServerEnvironment
    from convirt_core.services.servers import Server, Servers


class Environments:
    """Asks servers what they are, and remembers it for the application's life. Any thread.

    They are asked by commands, from the caller's thread: a hypervisor that hangs does not stand in the way.
    """

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._lock = threading.Lock()
        # A server that is edited or removed is another object afterwards, and what was known of it goes with it.
        self._known: WeakKeyDictionary[Server, ServerEnvironment] = WeakKeyDictionary()

    def of(self, node: ManagedNode, *, refresh: bool = False) -> ServerEnvironment:
        """Return what a server is.

        :param refresh: ask it although it is known
        :raises ServerUnavailable: it cannot be reached, or did not answer in time
        :raises OperationFailed: it answered something else
        """
        server = self._servers.of(node)
        with self._lock:
            known = self._known.get(server)
        if known is not None and not refresh:
            return known
        found = read_environment(server.proxy)
        with self._lock:
            self._known[server] = found
        return found
