"""One connection to a server's hypervisor: from `VNode.connect` until it is lost or closed."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Self

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
    """An open connection with the platform's objects. Any thread."""

    def __init__(self, line: Line, vnode: VNode, make_vmm: Callable[[], VMM]) -> None:
        self._line = line
        self.vnode = vnode
        self._make_vmm = make_vmm
        self._vmm: VMM | None = None
        self._making = threading.Lock()
        self._unsubscribe: Callable[[], None] | None = None

    @classmethod
    def open(cls, node: ManagedNode, session: Session, plugins: Plugins) -> Self:
        """Let the platform make its objects and connect. Raises whatever it raises; nothing stays open then."""
        line = Line(node.name, session)
        vnode = plugins.call(node.platform, VNodeSpec.convirt_create_vnode, node=node, session=line)
        try:
            vnode.connect()
        except BaseException:
            line.is_open = False
            vnode.close()
            raise
        with about(server=node.name):
            _logger.info("connected")
        return cls(line, vnode, lambda: plugins.call(node.platform, VMMSpec.convirt_create_vmm, vnode=vnode))

    @property
    def vmm(self) -> VMM:
        """What changes the VMs; made when first asked for, which who only looks never does."""
        with self._making:
            if self._vmm is None:
                self._vmm = self._make_vmm()
            return self._vmm

    @property
    def is_open(self) -> bool:
        """Whether nothing is known against it."""
        return self._line.is_open

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Have `listener` called at each event from now on. Once only."""
        if self._unsubscribe is None:
            self._unsubscribe = self.vnode.subscribe(listener)

    def close(self) -> None:
        """Give everything back."""
        self._line.is_open = False
        self.vnode.close()
