"""Which way leads to a server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from convirt_core.platforms import NodeProxy

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import ManagedNode
    from convirt_core.remote.questions import Questions
    from convirt_core.remote.ssh.transports import Transports


class Way(NodeProxy, Protocol):
    """A proxy with its end, which is the business of who has opened it."""

    def close(self) -> None:
        """Give the connection back; the last one who does so closes it. May be called twice."""
        ...


class Ways:
    """Opens the ways to the servers of one application. Any thread.

    All who use one server as one user share one ssh connection. Only the first server elsewhere imports ssh.

    :param questions: asks a person; None: nobody is there
    """

    def __init__(self, questions: Questions | None = None) -> None:
        self._questions = questions
        self._lock = threading.Lock()
        self._transports: Transports | None = None

    def open_proxy(self, node: ManagedNode, lost: Callable[[str], None] | None = None) -> Way:
        """Return the way to a server. No I/O with it: it is connected when first used.

        :param lost: told, with the reason, when the connection has ended by itself; from another thread
        :raises ConfigError: the person's configuration of ssh cannot be read
        :raises InvalidInput: its address or user cannot be one
        """
        if node.is_local:
            from convirt_core.remote.local import LocalProxy  # noqa: PLC0415  a fleet elsewhere needs it not

            return LocalProxy(node.name)
        from convirt_core.remote.ssh.config import find_route  # noqa: PLC0415  costs paramiko
        from convirt_core.remote.ssh.proxy import SshProxy  # noqa: PLC0415  likewise

        route = find_route(node.address, node.user, node.ssh_port)
        return SshProxy(node.name, self._opened().lease(route, lost))

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            transports = self._transports
        if transports is not None:
            transports.close()

    def _opened(self) -> Transports:
        from convirt_core.remote.questions import NobodyToAsk  # noqa: PLC0415  likewise
        from convirt_core.remote.ssh.transports import Transports  # noqa: PLC0415  likewise

        with self._lock:
            if self._transports is None:
                self._transports = Transports(self._questions or NobodyToAsk())
            return self._transports
