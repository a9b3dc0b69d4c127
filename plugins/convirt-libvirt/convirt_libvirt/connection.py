"""One server's connections to libvirt: the shared one, and one apart for each long call."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import libvirt

from convirt_core.errors import NotFound, ServerUnavailable
from convirt_libvirt.errors import convert, is_gone, is_lost, sentence
from convirt_libvirt.event_loop import ensure_event_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convirt_libvirt.address import Address

KEEP_ALIVE_SECONDS = 3
KEEP_ALIVE_COUNT = 3
_GOODBYE_SECONDS = 1.0
_CLOSE_REASONS = {
    libvirt.VIR_CONNECT_CLOSE_REASON_ERROR: "the connection broke",
    libvirt.VIR_CONNECT_CLOSE_REASON_EOF: "libvirt closed the connection",
    libvirt.VIR_CONNECT_CLOSE_REASON_KEEPALIVE: "libvirt does not answer any more",
}


class Connection:
    """Connections to the libvirt of one server. Any thread.

    A connection does one call at a time. libvirt (9.0) allows more, but then quick successive calls lose their
    wake-ups while another waits for a long answer, and stall until the next keep-alive. And when a keep-alive
    ends a connection on which two calls hang, it frees one of them; the other ends the process with SIGSEGV as
    soon as the server is back. So calls on the shared connection take turns, what may take long borrows a
    connection of its own (`apart`), and signs of life are asked for on another.

    :ivar handle: the shared connection
    :param address: of its libvirt; closed with this
    :param place: the server's name, for messages
    :param lost: told, maybe several times and from any thread, that the shared connection has ended by itself
    """

    def __init__(self, address: Address, place: str, lost: Callable[[str], None]) -> None:
        ensure_event_loop()
        self.address = address
        self.place = place
        self._lost = lost
        self._lock = threading.Lock()
        self._turn = threading.RLock()
        self._lent = threading.local()
        self._spare: libvirt.virConnect | None = None
        self._pulse_turn = threading.Lock()
        self._pulse: libvirt.virConnect | None = None
        self._closed = False
        self._callbacks: list[int] = []
        self._behind_daemon = False
        try:
            self.handle = self._open()
        except BaseException:
            address.close()
            raise
        with suppress(libvirt.libvirtError):  # a driver within this process never closes by itself
            self.handle.registerCloseCallback(self._on_close, None)

    def _open(self) -> libvirt.virConnect:
        """Open one more connection. Raises as `Address.open`, but in our words."""
        try:
            handle = self.address.open(self.place)
        except libvirt.libvirtError as error:
            from convirt_libvirt.opening import not_opened  # noqa: PLC0415  a listing that succeeds needs it not

            raise not_opened(error, self.place, self.address) from error
        with suppress(libvirt.libvirtError):  # a driver within this process has no wire to keep alive
            handle.setKeepAlive(KEEP_ALIVE_SECONDS, KEEP_ALIVE_COUNT)
            self._behind_daemon = True
        return handle

    @contextmanager
    def asking(self, what: str) -> Iterator[None]:
        """Turn libvirt's errors into ours around calls that only read, when it is this thread's turn.

        :param what: an infinitive: `read the definition of web1`
        """
        try:
            with self._in_turn_while_open():
                yield
        except libvirt.libvirtError as error:
            raise self._failed(error, what, changes=False) from error

    @contextmanager
    def changing(self, what: str) -> Iterator[None]:
        """Likewise around one call that changes something: a lost answer is `OutcomeUnknown`."""
        try:
            with self._in_turn_while_open():
                yield
        except libvirt.libvirtError as error:
            raise self._failed(error, what, changes=True) from error

    def find(self, key: str, handle: libvirt.virConnect | None = None) -> Any:
        """Return the libvirt domain of a UUID.

        :param handle: a connection that was lent; None: the shared one
        :raises NotFound: if there is none
        """
        with self.asking(f"find the VM {key}"):
            try:
                return (handle or self.handle).lookupByUUIDString(key)
            except libvirt.libvirtError as error:
                if not (is_gone(error) or error.get_error_code() == libvirt.VIR_ERR_INVALID_ARG):  # no UUID
                    raise
                raise NotFound(f"{self.place} has no VM with the key {key}.") from error

    @contextmanager
    def apart(self) -> Iterator[libvirt.virConnect]:
        """Lend a connection to this thread for a call that may take long; one is kept for the next.

        Within the block `asking` and `changing` wait for no turn. A driver within this process has no wire to
        share, and lends the shared connection.
        """
        if not self._behind_daemon:
            yield self.handle
            return
        handle = self._take_spare() or self._open()
        before, self._lent.is_apart = self._is_apart, True
        try:
            yield handle
        finally:
            self._lent.is_apart = before
            self._give_back(handle)

    def ping(self) -> None:
        """Ask for a sign of life, whatever the other connections do. Raises as a call within `asking` does."""
        try:
            if not self._behind_daemon:
                self.handle.getLibVersion()
                return
            with self._pulse_turn:
                if self._pulse is None:
                    self._pulse = self._open()
                self._pulse.getLibVersion()
        except libvirt.libvirtError as error:
            raise self._failed(error, "answer", changes=False) from error

    @property
    def _is_apart(self) -> bool:
        return getattr(self._lent, "is_apart", False)

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """Wait for this thread's turn on the shared connection, for a call whose errors the caller minds itself."""
        if self._is_apart:
            yield
            return
        with self._turn:
            yield

    @contextmanager
    def _in_turn_while_open(self) -> Iterator[None]:
        with self.in_turn():
            if self._closed:  # maybe while others were served: they waited for a server that hung
                raise ServerUnavailable(f"{self.place} is not connected.")
            yield

    def listen(self, event: int, callback: Callable[..., None]) -> None:
        """Have libvirt call back at each domain event of a kind, until the connection is closed.

        :param event: `VIR_DOMAIN_EVENT_ID_…`
        :raises libvirtError: where the driver has none
        """
        self._callbacks.append(self.handle.domainEventRegisterAny(None, event, callback, None))

    def is_alive(self) -> bool:
        """Whether the shared connection stands, as far as this side knows."""
        try:
            return bool(self.handle.isAlive())
        except libvirt.libvirtError:  # closed by us
            return False

    def close(self) -> None:
        """Close everything; a connection that is lent is closed when it comes back. May be called twice.

        libvirt says goodbye to the other side, and waits for its answer: one that hangs is not waited for.
        """
        with self._lock:
            closed, self._closed = self._closed, True
            spare, self._spare = self._spare, None
        if closed:
            return
        goodbye = threading.Thread(target=self._say_goodbye, args=(spare,), name="libvirt-close", daemon=True)
        goodbye.start()
        goodbye.join(_GOODBYE_SECONDS)
        self.address.close()  # which frees what still hangs

    def _say_goodbye(self, spare: libvirt.virConnect | None) -> None:
        if spare is not None:
            _close(spare)
        with self._pulse_turn:  # a call that hangs ends by the keep-alive; to close below it frees what it uses
            if self._pulse is not None:
                _close(self._pulse)
        with self._turn:
            # Each callback holds the connection: one that is left keeps its socket open after close().
            for callback in self._callbacks:
                with suppress(libvirt.libvirtError):
                    self.handle.domainEventDeregisterAny(callback)
            with suppress(libvirt.libvirtError):
                self.handle.unregisterCloseCallback()
            _close(self.handle)

    def _take_spare(self) -> libvirt.virConnect | None:
        with self._lock:
            spare, self._spare = self._spare, None
        return spare if spare is not None and spare.isAlive() else None

    def _give_back(self, handle: libvirt.virConnect) -> None:
        with self._lock:
            if not self._closed and self._spare is None:
                self._spare = handle
                return
        _close(handle)

    def _failed(self, error: libvirt.libvirtError, what: str, *, changes: bool) -> Exception:
        if is_lost(error):
            self._lost(sentence(error))
        return convert(error, what, self.place, changes=changes)

    def _on_close(self, _handle: object, reason: int, _opaque: object) -> None:
        if not self._closed:
            self._lost(_CLOSE_REASONS.get(reason, "the connection ended"))


def _close(handle: libvirt.virConnect) -> None:
    """Close a connection of libvirt's; one that is broken or closed already has nothing left to give back."""
    with suppress(libvirt.libvirtError):
        handle.close()
