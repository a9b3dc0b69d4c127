"""The open servers of an application: each with its session and the platform's objects, connected when used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from convirt_core.model import Event, ManagedNode
from convirt_core.platforms import VMM, NodeProxy, Platform, VNode
from convirt_core.remote import ServerStatus

T = TypeVar("T")


class Server:
    """One server of the inventory. Any thread.

    :ivar node: as it was in the inventory when this was made
    """

    node: ManagedNode

    @property
    def platform(self) -> Platform:
        """What its platform says of itself."""
        raise NotImplementedError

    @property
    def proxy(self) -> NodeProxy:
        """Commands and files of the server."""
        raise NotImplementedError

    @property
    def status(self) -> ServerStatus:
        """State, reason and since when (monotonic seconds)."""
        raise NotImplementedError

    def call(self, function: Callable[[VNode, VMM], T], *, deadline_seconds: float = 10.0) -> T:
        """Call `function` in a worker of the server, connecting first if need be.

        :raises DeadlineExceeded: it was not answered in time; what it changes has an unknown outcome
        :raises ServerUnavailable: it was not begun
        """
        raise NotImplementedError

    def reconnect(self) -> None:
        """Connect now, whatever the back-off says. Raises `ServerUnavailable`."""
        raise NotImplementedError

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` at each event of the server, over reconnections; return what ends it."""
        raise NotImplementedError


class Servers:
    """The open servers of one application."""

    def get(self, server_id: str) -> Server:
        """Return the server; nothing is connected yet. Raises `NotFound`."""
        raise NotImplementedError

    def forget(self, server_id: str) -> None:
        """Close a server that was edited or removed; the next `get` makes it anew."""
        raise NotImplementedError

    def close(self) -> None:
        """Close all of them."""
        raise NotImplementedError
