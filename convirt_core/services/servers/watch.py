"""Servers that somebody watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from convirt_core.model import Event, ManagedNode
    from convirt_core.services.servers.heart import Heart
    from convirt_core.services.servers.server import Server


class Watch:
    """Keeps servers connected, and tells of their events, until it is closed. A context manager, for one thread.

    :param current: returns the server of a node that was just read from the inventory
    :param listener: told of each event of each server and of its state; called from any thread, returns at once
    :param which: returns the servers to watch, as they are in the inventory
    """

    def __init__(
        self,
        current: Callable[[ManagedNode], Server],
        heart: Heart,
        listener: Callable[[Event], None],
        which: Callable[[], Sequence[ManagedNode]],
    ) -> None:
        self._current = current
        self._heart = heart
        self._listener = listener
        self._which = which
        self._watched: dict[Server, Callable[[], None]] = {}
        self.refresh()

    @property
    def servers(self) -> list[Server]:
        """The servers that are watched, by name."""
        return list(self._watched)

    def refresh(self) -> bool:
        """Follow the inventory: servers that were added, edited or removed since. Return whether there were any."""
        before = self.servers
        now = [self._current(node) for node in self._which()]
        for server in set(before).difference(now):
            self._end(server)
        self._watched = {server: self._watched.get(server) or self._begin(server) for server in now}
        return now != before

    def close(self) -> None:
        """Watch no more; the servers stay connected. May be called twice."""
        for server in self.servers:
            self._end(server)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self, server: Server) -> Callable[[], None]:
        _ = server.status  # its plugin is imported here, not in the thread of all heartbeats
        end = server.listen(self._listener)
        self._heart.add(server)
        return end

    def _end(self, server: Server) -> None:
        self._watched.pop(server)()
        self._heart.remove(server)
