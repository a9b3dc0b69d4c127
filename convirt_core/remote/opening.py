"""Which way leads to a server."""

from __future__ import annotations

import threading
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Protocol

from convirt_core.errors import InvalidInput
from convirt_core.platforms import NodeProxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from convirt_core.model import ManagedNode
    from convirt_core.remote.questions import Questions
    from convirt_core.remote.ssh.transports import Transports


class Way(NodeProxy, Protocol):
    """A proxy with its end, which is the business of who has opened it."""

    def reach(self) -> None:
        """Connect now, and ask a person what has to be asked, in this thread. Raises what any use would raise."""
        ...

    def close(self) -> None:
        """Give the connection back; the last one who does so closes it. May be called twice."""
        ...


class Ways:
    """Opens the ways to the servers of one application. Any thread.

    All who use one server as one user share one ssh connection. Only the first server elsewhere imports ssh.

    :param questions: makes what asks a person, for the first server elsewhere; None: nobody is there
    """

    def __init__(self, questions: Callable[[], Questions] | None = None) -> None:
        self._questions = questions
        self._lock = threading.Lock()
        self._transports: Transports | None = None

    def open_proxy(
        self,
        node: ManagedNode,
        *,
        lost: Callable[[str], None] = lambda _: None,
        asking: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> Way:
        """Return the way to a server. No I/O with it: it is connected when first used.

        :param lost: told, with the reason, when the connection has ended by itself; from another thread
        :param asking: held while a person is asked on the way
        :raises ConfigError: the person's configuration of ssh cannot be read
        :raises InvalidInput: its address or user cannot be one
        """
        if node.is_local:
            from convirt_core.remote.local import LocalProxy  # noqa: PLC0415  a fleet elsewhere needs it not

            return LocalProxy(node.name)
        from convirt_core.remote.ssh.config import find_route  # noqa: PLC0415  costs paramiko
        from convirt_core.remote.ssh.listener import Listener  # noqa: PLC0415  likewise
        from convirt_core.remote.ssh.proxy import SshProxy  # noqa: PLC0415  likewise

        route = find_route(node.address, node.user, node.ssh_port)
        return SshProxy(node.name, self._opened().lease(route, Listener(lost, asking)))

    def expecting_host_key(self, node: ManagedNode, fingerprint: str) -> AbstractContextManager[None]:
        """Take no other host key of a server for a block, whatever is known of it. No I/O.

        :param fingerprint: as `ssh-keygen -l` prints it: `SHA256:…`
        :raises InvalidInput: the server is this machine
        :raises Refused: it is connected, and has shown another
        """
        if node.is_local:
            raise InvalidInput("This machine is reached without a host key.", remedy="Leave --host-key out.")
        from convirt_core.remote.ssh.config import find_route  # noqa: PLC0415  costs paramiko

        return self._opened().expecting_host_key(find_route(node.address, node.user, node.ssh_port), fingerprint)

    def own_key(self, node: ManagedNode) -> str:
        """Return the line of the public key that the person logs in with on a server. Nothing is connected.

        :raises InvalidInput: the person has none, or the server is this machine
        """
        if node.is_local:
            raise InvalidInput("This machine is reached without a key.", remedy="Leave --install-key out.")
        from convirt_core.remote.ssh.config import find_route  # noqa: PLC0415  costs paramiko
        from convirt_core.remote.ssh.public_keys import own_public_key  # noqa: PLC0415  likewise

        return own_public_key(find_route(node.address, node.user, node.ssh_port))

    def install_key(self, node: ManagedNode) -> bool:
        """Put the person's public key on a server, for the user that is logged in as; return whether it was not yet.

        :raises InvalidInput: as `own_key`
        :raises OperationFailed: the server cannot keep it
        """
        line = self.own_key(node)  # before a password is asked
        from convirt_core.remote.ssh.public_keys import install_key  # noqa: PLC0415  costs paramiko

        with closing(self.open_proxy(node)) as proxy:
            return install_key(proxy, line)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            transports = self._transports
        if transports is not None:
            transports.close()

    def _opened(self) -> Transports:
        from convirt_core.remote.private_folder import remove_left  # noqa: PLC0415  likewise
        from convirt_core.remote.questions import NobodyToAsk  # noqa: PLC0415  likewise
        from convirt_core.remote.ssh.transports import Transports  # noqa: PLC0415  likewise

        with self._lock:
            if self._transports is None:
                remove_left()  # by a process that was killed; once for each application
                self._transports = Transports((self._questions or NobodyToAsk)())
            return self._transports
