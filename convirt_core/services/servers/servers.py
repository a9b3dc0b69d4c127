"""The open servers of one application."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from convirt_core.remote import Ceiling, Ways
from convirt_core.services.servers.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convirt_core.model import Event, ManagedNode
    from convirt_core.plugins import Plugins
    from convirt_core.services.servers.heart import Heart
    from convirt_core.services.servers.watch import Watch
    from convirt_core.store import Store

_CLOSE_SECONDS = 2.0
_BEATS = 32
"""Heartbeats in progress at once over all servers; they cost nothing, but connecting takes the processor."""


class Servers:
    """The open servers of one application, made when first asked for. Any thread.

    :param ways: to reach them; None: nobody can be asked on the way
    :param clock: monotonic, seconds
    """

    def __init__(
        self, store: Store, plugins: Plugins, ways: Ways | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._plugins = plugins
        self.ways = ways or Ways()
        self._clock = clock
        self._ceiling = Ceiling()
        self._beat_ceiling = Ceiling(_BEATS)
        self._heart: Heart | None = None
        self._lock = threading.Lock()
        self._open: dict[str, Server] = {}

    def all(self) -> list[ManagedNode]:
        """Return the servers of the inventory, by name."""
        return self._store.servers.all()

    def get(self, server_id: str) -> Server:
        """Return the server; nothing is connected yet. Raises `NotFound`."""
        return self._open.get(server_id) or self.of(self._store.servers.get(server_id))

    def of(self, node: ManagedNode) -> Server:
        """Return the server of a node as it was read from the inventory. One that was edited since stays as it is."""
        with self._lock:
            if node.id not in self._open:
                self._open[node.id] = self.unlisted(node)
            return self._open[node.id]

    def unlisted(self, node: ManagedNode) -> Server:
        """Return a server that is not in the inventory (yet). The caller closes it."""
        return Server(node, self._plugins, self.ways, self._ceiling, beat_ceiling=self._beat_ceiling, clock=self._clock)

    def hold(self, node: ManagedNode) -> None:
        """Have a way to a server from now on. No I/O: a connection that is open with it is kept open."""
        _ = self.of(node).session

    def current(self, node: ManagedNode) -> Server:
        """Return the server of a node that was just read; one that was opened before it was edited is made anew."""
        server = self.of(node)
        if server.node == node:
            return server
        self.forget(node.id)
        return self.of(node)

    def watch(
        self, listener: Callable[[Event], None], which: Callable[[], Sequence[ManagedNode]] | None = None
    ) -> Watch:
        """Keep servers connected, with a heartbeat each, and tell of their events until what is returned is closed.

        :param listener: told of each event of each server and of its state; called from any thread, returns at once
        :param which: returns the servers to watch, as they are in the inventory; None: all
        """
        from convirt_core.services.servers.heart import Heart  # noqa: PLC0415  for who stays open only
        from convirt_core.services.servers.watch import Watch  # noqa: PLC0415  likewise

        with self._lock:
            self._heart = self._heart or Heart(clock=self._clock)
        return Watch(self.current, self._heart, listener, which or self.all)

    def forget(self, server_id: str) -> None:
        """Close a server that was edited or removed; the next `get` makes it anew."""
        with self._lock:
            server = self._open.pop(server_id, None)
        if server is not None:
            server.close(deadline_seconds=_CLOSE_SECONDS)

    def close(self) -> None:
        """Close all of them; one that hangs costs the time once."""
        with self._lock:
            servers, self._open = list(self._open.values()), {}
            heart, self._heart = self._heart, None
        if heart is not None:
            heart.close()
        deadline = time.monotonic() + _CLOSE_SECONDS
        for server in servers:
            server.close(deadline_seconds=max(0.1, deadline - time.monotonic()))
        self.ways.close()
