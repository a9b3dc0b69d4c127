"""One open server."""

from __future__ import annotations

import logging
import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from convirt_core import model  # for what is imported once somebody listens
from convirt_core.errors import ConvirtError, PluginError, ServerUnavailable
from convirt_core.hookspecs import ExtensionSpec
from convirt_core.model import ServerState
from convirt_core.remote import Patience, ServerStatus, Session
from convirt_core.services.servers.connection import Connection, Connections

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import Event, ManagedNode
    from convirt_core.platforms import VMM, NodeProxy, Platform, VNode
    from convirt_core.plugins import Plugins
    from convirt_core.remote import Call, Ceiling, Way, Ways

T = TypeVar("T")

_logger = logging.getLogger("convirt.servers")

READ_SECONDS = 10.0
"""Deadline of a call that reads."""


class Server:
    """One server of the inventory: its session, and the platform's objects once it is connected. Any thread.

    :param node: as it was in the inventory when this was made
    :param ways: shared by all servers of an application
    :param ceiling: likewise
    :param beat_ceiling: likewise, for heartbeats; None: the same
    :param clock: monotonic, seconds
    """

    def __init__(
        self,
        node: ManagedNode,
        plugins: Plugins,
        ways: Ways,
        ceiling: Ceiling,
        *,
        beat_ceiling: Ceiling | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.node = node
        self._plugins = plugins
        self._ways = ways
        self._ceiling = ceiling
        self._beat_ceiling = beat_ceiling
        self._clock = clock
        self._opening = threading.Lock()
        self._way: Way | None = None
        self._session: Session | None = None
        self._listening = threading.Lock()
        self._listeners: tuple[Callable[[Event], None], ...] = ()

    @cached_property
    def platform(self) -> Platform:
        """What its platform says of itself. Raises `PluginError`, `NotFound`."""
        return self._plugins.platform(self.node.platform)

    @property
    def session(self) -> Session:
        """Its way, its threads, its state. Raises `PluginError`, `NotFound`, `NotSupported`."""
        with self._opening:
            if self._session is None:
                threads, patience = self.platform.max_concurrency, Patience(self._clock)
                self._way = self._ways.open_proxy(self.node, lost=self._lost_way, asking=patience.asking)
                self._session = Session(
                    self.node.name,
                    self._way,
                    threads=threads,
                    ceiling=self._ceiling,
                    beat_ceiling=self._beat_ceiling,
                    clock=self._clock,
                    deadline_clock=patience.now,
                    on_status=self._announce_status,
                    on_lost=self._forget_connection,
                )
                self._connections = Connections(
                    self.node, self._session, self._plugins, self._subscribe_to, clock=self._clock
                )
            return self._session

    @property
    def proxy(self) -> NodeProxy:
        """Commands and files of the server."""
        return self.session.proxy

    @property
    def status(self) -> ServerStatus:
        """State, reason and since when (monotonic seconds)."""
        try:
            return self.session.status
        except ConvirtError as error:
            return ServerStatus(ServerState.DOWN, str(error), needs_person=True)

    def call(self, function: Callable[[VNode, VMM], T], *, deadline_seconds: float = READ_SECONDS) -> T:
        """Call `function` in a worker of the server, connecting first if need be.

        :raises DeadlineExceeded: it was not answered in time; what it changes has an unknown outcome
        :raises ServerUnavailable: it was not begun
        :raises PluginError: the platform failed in a way that it does not know itself
        """
        return self._begin(lambda on: function(on.vnode, on.vmm), deadline_seconds).result()

    def look(self, function: Callable[[VNode], T], *, deadline_seconds: float = READ_SECONDS) -> T:
        """Call likewise a function that changes nothing, and so needs no VMM."""
        return self.begin_look(function, deadline_seconds=deadline_seconds).result()

    def begin_look(
        self,
        function: Callable[[VNode], T],
        *,
        deadline_seconds: float = READ_SECONDS,
        on_answer: Callable[[Call[T]], None] | None = None,
    ) -> Call[T]:
        """Begin such a look; `result()` of what is returned waits for it.

        :param on_answer: told of the answer, in the worker's thread; must return at once
        """
        return self._begin(lambda on: function(on.vnode), deadline_seconds, on_answer)

    def _begin(
        self,
        function: Callable[[Connection], T],
        deadline_seconds: float,
        on_answer: Callable[[Call[T]], None] | None = None,
    ) -> Call[T]:
        session = self.session
        self._connections.check_worth_trying()
        return session.begin(
            lambda: self._translated(lambda: function(self._connected())),
            deadline_seconds=deadline_seconds,
            prepare=lambda: self._translated(self._connected),  # a change must not be made long after it was given up
            on_answer=on_answer,
        )

    def reconnect(self, *, deadline_seconds: float = READ_SECONDS) -> None:
        """Connect anew, whatever the back-off says. Raises what `call` raises."""
        self.hurry()
        self.session.call(lambda: self._translated(self._connections.connect_anew), deadline_seconds=deadline_seconds)

    def hurry(self) -> None:
        """Let the next call connect at once if need be, whatever the back-off says."""
        self.session.health.forgive()

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` at each event of the server and of its own state, over reconnections; return what ends it.

        After an event that says `up` everything is to be read again: what happened while the server was away was
        not told. The listener is called from any thread and must return at once. Nothing is connected.
        """

        def unsubscribe() -> None:
            with self._listening:
                self._listeners = tuple(each for each in self._listeners if each is not listener)

        with self._listening:
            self._listeners = (*self._listeners, listener)
        return unsubscribe

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Listen, and connect if need be. Raises what `call` raises; nobody listens then."""
        unsubscribe = self.listen(listener)
        try:
            self.session.call(lambda: self._translated(self._connected), deadline_seconds=READ_SECONDS)
        except BaseException:
            unsubscribe()
            raise
        return unsubscribe

    def begin_beat(self, *, deadline_seconds: float) -> Call[None]:
        """Begin to ask for a sign of life, connecting first if need be, in a thread beside the workers.

        :raises ServerUnavailable: at once, while the last one hangs
        :raises PluginError: there is no platform for it
        """
        return self.session.begin_beat(lambda: self._translated(self._beat), deadline_seconds=deadline_seconds)

    def give_up(self, reason: str) -> None:
        """Let go of a connection, or an attempt at one, that hangs; the server is down. Returns at once."""
        self._connections.give_up(reason)

    def close(self, *, deadline_seconds: float) -> None:
        """Close the connection, waiting at most so long, and end the threads."""
        if self._session is None:
            return
        self._connections.close(deadline_seconds)
        self._session.close()
        if self._way is not None:
            self._way.close()

    def _translated(self, function: Callable[[], T]) -> T:
        """Call `function`; what a platform raises by mistake becomes a `PluginError`."""
        try:
            return function()
        except ConvirtError:
            raise
        except (Exception, SystemExit) as error:
            plugin = f"platforms:{self.node.platform}"
            words = f"{type(error).__name__}: {error}"
            raise PluginError(f"{plugin} failed on {self.node.name}: {words}.", plugin=plugin) from error

    def _connected(self) -> Connection:
        return self._connections.connected()

    def _forget_connection(self) -> None:
        self._connections.forget()

    def _subscribe_to(self, connection: Connection) -> None:
        if self._listeners:
            connection.subscribe(self._announce)

    def _lost_way(self, reason: str) -> None:
        session = self._session
        if session is not None:
            session.lost(reason)

    def _beat(self) -> None:
        connection = self._connected()
        try:
            connection.vnode.ping()
        except ServerUnavailable as error:
            connection.line.lost(str(error))
            raise

    def _announce_status(self, status: ServerStatus) -> None:
        if self._listeners:
            self._announce(
                model.Event(
                    self.node.id,
                    model.EventKind.SERVER,
                    detail=status.reason,
                    server_state=status.state,
                    needs_person=status.needs_person,
                )
            )

    def _announce(self, event: Event) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:  # one listener's mistake must not cost the others their events
                _logger.exception("a listener failed at %s of %s", event.kind, self.node.name)
        self._plugins.tell(ExtensionSpec.convirt_event, event=event)
