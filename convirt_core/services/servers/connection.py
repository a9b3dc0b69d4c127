"""One connection to a server's hypervisor: from `VNode.connect` until it is lost or closed."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Self

from convirt_core.errors import ServerUnavailable
from convirt_core.hookspecs import VMMSpec, VNodeSpec
from convirt_core.logs import about

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import Event, ManagedNode
    from convirt_core.platforms import VMM, NodeProxy, VNode
    from convirt_core.plugins import Plugins
    from convirt_core.remote import Session

_logger = logging.getLogger("convirt.servers")


class Line:
    """What the platform is given: the session, as far as this one connection goes. A `NodeSession`."""

    def __init__(self, name: str, session: Session) -> None:
        self._name = name
        self._session = session
        self.is_open = True

    @property
    def proxy(self) -> NodeProxy:
        """Commands and files."""
        return self._session.proxy

    def lost(self, reason: str) -> None:
        """Say that the connection has ended. From one that was already given up it means nothing."""
        if self.is_open:
            self.is_open = False
            with about(server=self._name):
                _logger.warning("the connection was lost: %s", reason)
            self._session.lost(reason)


class Connection:
    """A connection with the platform's objects. Any thread.

    :ivar is_made: `connect` has succeeded
    :ivar is_given_up: it hung
    """

    def __init__(self, line: Line, vnode: VNode, make_vmm: Callable[[], VMM]) -> None:
        self.line = line
        self.vnode = vnode
        self.is_made = False
        self.is_given_up = False
        self._make_vmm = make_vmm
        self._vmm: VMM | None = None
        self._making = threading.Lock()
        self._unsubscribe: Callable[[], None] | None = None

    @classmethod
    def to(cls, node: ManagedNode, session: Session, plugins: Plugins) -> Self:
        """Let the platform make its object; nothing is connected yet. Raises whatever the platform raises."""
        line = Line(node.name, session)
        vnode = plugins.call(node.platform, VNodeSpec.convirt_create_vnode, node=node, session=line)
        return cls(line, vnode, lambda: plugins.call(node.platform, VMMSpec.convirt_create_vmm, vnode=vnode))

    def connect(self) -> None:
        """Connect. Raises whatever the platform raises, or `ServerUnavailable` if it ended meanwhile: close it then."""
        self.vnode.connect()
        if not self.line.is_open:
            raise ServerUnavailable(f"The connection to {self.vnode.node.name} ended while it was being made.")
        self.is_made = True
        with about(server=self.vnode.node.name):
            _logger.info("connected")

    @property
    def vmm(self) -> VMM:
        """What changes the VMs; made when first asked for, which who only looks never does."""
        with self._making:
            if self._vmm is None:
                self._vmm = self._make_vmm()
            return self._vmm

    @property
    def is_open(self) -> bool:
        """Whether it was made and nothing is known against it."""
        return self.is_made and self.line.is_open

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Have `listener` called at each event from now on. Once only."""
        if self._unsubscribe is None:
            self._unsubscribe = self.vnode.subscribe(listener)

    def give_up(self) -> None:
        """Let nobody use it any more, and close it from a thread of its own: it hangs."""
        self.is_given_up = True
        self.line.is_open = False
        threading.Thread(target=self._close_hung, name=f"convirt-close-{self.vnode.node.name}", daemon=True).start()

    def close(self) -> None:
        """Give everything back. May be called twice, and while a call or the connecting hangs."""
        self.line.is_open = False
        self.vnode.close()

    def _close_hung(self) -> None:
        try:
            self.close()
        except Exception:  # a platform's mistake; nobody waits for this thread
            with about(server=self.vnode.node.name):
                _logger.exception("the connection could not be closed")
