"""The connections to a server's hypervisor: each from `VNode.connect` until it is lost or closed."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from convirt_core.errors import Busy, Cancelled, ConvirtError, LoginFailed, ServerUnavailable
from convirt_core.hookspecs import VMMSpec, VNodeSpec
from convirt_core.logs import about
from convirt_core.model import ServerState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convirt_core.model import Event, ManagedNode
    from convirt_core.platforms import VMM, NodeProxy, VNode
    from convirt_core.plugins import Plugins
    from convirt_core.remote import Session

_logger = logging.getLogger("convirt.servers")

_JOIN_SECONDS = 2.0
"""How long others wait for the first attempt to reach a server that was lost."""


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
                _logger.warning("the connection to %s was lost: %s", self._name, reason)
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


class Connections:
    """The connection of a server, one after the other. Any thread.

    :param use: given each connection that is open whenever it is asked for, before its server is said to be up
    :param clock: monotonic, seconds
    """

    def __init__(
        self,
        node: ManagedNode,
        session: Session,
        plugins: Plugins,
        use: Callable[[Connection], None],
        *,
        clock: Callable[[], float],
    ) -> None:
        self._node = node
        self._session = session
        self._plugins = plugins
        self._use = use
        self._clock = clock
        self._connecting = threading.Lock()
        self._connection: Connection | None = None
        self._attempt_began: float | None = None
        self._is_closed = False

    def check_worth_trying(self) -> None:
        """Raise `ServerUnavailable` for a server that is not worth waiting for."""
        if self._connection is not None and self._connection.is_open:
            return
        self._session.health.check_worth_trying()
        began = self._attempt_began
        if began is not None and self._clock() - began > self._joining_seconds():
            raise self._being_tried()

    def connected(self) -> Connection:
        """Return the open connection, made anew if need be. Raises whatever the platform raises."""
        with self._my_turn():
            connection = self._connection
            if connection is None or not connection.is_open:
                self._session.health.check_worth_trying()
                self._drop()
                return self._connect()
            self._use(connection)
            return connection

    def connect_anew(self) -> None:
        """Connect, though there may be a connection. Raises as `connected`."""
        with self._my_turn():
            self._drop()
        self.connected()

    def forget(self) -> None:
        """The way to the server has ended, and with it the connection."""
        if self._connection is not None:
            self._connection.line.is_open = False

    def give_up(self, reason: str) -> None:
        """Let go of a connection, or an attempt at one, that hangs; the server is down. Returns at once."""
        connection = self._connection
        if connection is None:
            return
        connection.give_up()
        with about(server=self._node.name):
            _logger.warning("the connection to %s was given up: %s", self._node.name, reason)
        self._session.health.failed(reason)

    def close(self, deadline_seconds: float) -> None:
        """Close the connection in a worker, waiting at most so long; make no further one."""
        self._is_closed = True
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            self._session.call(connection.close, deadline_seconds=deadline_seconds)
        except ConvirtError as error:
            _logger.info("%s could not be closed: %s", self._node.name, error)
            connection.give_up()

    def _connect(self) -> Connection:
        health = self._session.health
        health.connecting()
        self._attempt_began = self._clock()
        try:
            self._connection = connection = Connection.to(self._node, self._session, self._plugins)
            connection.line.is_open = not self._is_closed  # `close` may not have seen it
            connection.connect()
            self._use(connection)
        except BaseException as error:
            given_up = self._connection is not None and self._connection.is_given_up
            self._drop()
            if not given_up:  # else its reason is known already
                health.failed(str(error), needs_person=_needs_person(error))
            raise
        finally:
            self._attempt_began = None
        health.up()
        return connection

    def _drop(self) -> None:
        old, self._connection = self._connection, None
        if old is not None:
            old.close()

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        """Wait while another thread connects; with a server that is down only for a moment, or not at all."""
        seconds = self._joining_seconds()
        if not self._connecting.acquire(timeout=-1 if seconds == float("inf") else seconds):
            raise self._being_tried()
        try:
            yield
        finally:
            self._connecting.release()

    def _joining_seconds(self) -> float:
        """Return how long an attempt of another thread is worth waiting for."""
        health = self._session.health
        if health.status.state is not ServerState.DOWN:
            return float("inf")
        return 0.0 if health.has_failed else _JOIN_SECONDS

    def _being_tried(self) -> ServerUnavailable:
        return self._session.health.unavailable("It is being tried again.")


def _needs_person(error: BaseException) -> bool:
    """Whether an attempt failed for something else than that nobody answers: trying again does not help."""
    if isinstance(error, ServerUnavailable):
        return isinstance(error, LoginFailed)
    return isinstance(error, ConvirtError) and not isinstance(error, Busy | Cancelled)
