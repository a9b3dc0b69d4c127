"""A serial line that follows its VM when that moves to another server."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError, NotFound, ServerUnavailable
from convirt_core.model import VMState
from convirt_core.services.servers import ask_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.platforms import VM, SerialConsole
    from convirt_core.services.servers import Server, Servers

PATIENCE_SECONDS = 15.0
"""How long a VM may be on its way, between the end of its line at one server and the next at another."""

REST_SECONDS = 5.0
"""How long a line that has ended is left alone before it is closed.

libvirtd (9.0) hangs for good when a console is closed at the very moment at which it forgets its VM: one thread closes
the stream, another frees the VM's consoles, and each holds the lock that the other wants.
"""

_LOOK_SECONDS = 2.0
_PAUSE_SECONDS = 0.1
_TYPED_AHEAD_BYTES = 4096


class OnItsWay(ConvirtError):
    """The VM has left one server and cannot be talked to at another yet."""


class FollowingConsole:
    """A `SerialConsole` that is opened again where its VM is, when its line has ended because the VM moved.

    What is typed meanwhile is sent there; what the guest says while nobody listens is lost, as on any line.

    :param server: id of the one that the first line comes from
    :param find: asked with the id of the server that the VM was on; returns the next one's with a line to it, or
        None if the VM has not moved; raises `OnItsWay`
    :param monotonic: seconds
    """

    def __init__(
        self,
        line: SerialConsole,
        server: str,
        find: Callable[[str], tuple[str, SerialConsole] | None],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = line
        self._server = server
        self._find = find
        self._monotonic = monotonic
        self._closed = threading.Event()
        self._typing = threading.Lock()
        self._typed = bytearray()
        self._ended: list[tuple[float, SerialConsole]] = []

    def read(self, *, timeout_seconds: float) -> bytes | None:
        """Return what has come; `b""` if nothing came in time, or the VM has just moved; None at the end."""
        while self._ended and self._monotonic() >= self._ended[0][0]:
            self._ended.pop(0)[1].close()
        try:
            data = self._line.read(timeout_seconds=timeout_seconds)
        except ServerUnavailable:
            if self._follow():
                return b""
            raise
        return b"" if data is None and self._follow() else data

    def write(self, data: bytes) -> None:
        """Send all of `data`, or keep it for the next line."""
        with self._typing:
            if self._typed or not self._sent(data):
                self._typed += data[: _TYPED_AHEAD_BYTES - len(self._typed)]

    def close(self) -> None:
        """Let the line go. May be called twice, and while the VM moves."""
        self._closed.set()
        for line in (self._line, *(line for _, line in self._ended)):
            line.close()

    def _sent(self, data: bytes) -> bool:
        try:
            self._line.write(data)
        except ServerUnavailable:
            if self._closed.is_set():
                raise
            return False
        return True

    def _follow(self) -> bool:
        """Find the VM again and open its line; return whether it had moved."""
        deadline = self._monotonic() + PATIENCE_SECONDS
        while not self._closed.is_set() and self._monotonic() < deadline:
            try:
                found = self._find(self._server)
            except OnItsWay:
                self._closed.wait(_PAUSE_SECONDS)
            else:
                return found is not None and self._take(*found)
        return False

    def _take(self, server: str, line: SerialConsole) -> bool:
        """Go on with another line, unless nobody listens any more."""
        self._ended.append((self._monotonic() + REST_SECONDS, self._line))
        self._line, self._server = line, server
        if self._closed.is_set():  # after the line was changed: whoever closes sees this one, or we see that he has
            line.close()
            return False
        with self._typing:
            line.write(bytes(self._typed))
            self._typed.clear()
        return True


def find_next_line(servers: Servers, key: str, left: str) -> tuple[str, SerialConsole] | None:
    """Find the server that a VM has gone to, and open its serial line there.

    :param left: id of the server that it was on
    :return: the server's id and the line; None: it has not gone
    :raises OnItsWay: it has, and is not to be talked to yet
    """
    here: VM | ConvirtError | None = None
    there: tuple[Server, VM] | None = None
    asked = [servers.of(node) for node in servers.all()]
    if len(asked) == 1:
        return None
    for server, answer in ask_all(asked, lambda vnode: vnode.vm(key), deadline_seconds=_LOOK_SECONDS):
        if server.node.id == left:
            here = answer
        elif not isinstance(answer, ConvirtError) and answer.state.is_resident:
            there = (server, answer)
            if answer.state is VMState.RUNNING:
                break
    if there is not None and (there[1].state is VMState.RUNNING or isinstance(here, NotFound)):
        return there[0].node.id, _open(there[0], key)
    if there is not None or _may_have_left(here):
        raise OnItsWay(f"The VM {key} is on its way.")
    return None


def _may_have_left(here: VM | ConvirtError | None) -> bool:
    """Whether the source has let the VM go, is about to, or does not say: a busy server answers the next time."""
    return here is None or isinstance(here, ConvirtError) or here.reason in {"migrated", "migrating"}


def _open(server: Server, key: str) -> SerialConsole:
    try:
        return server.call(lambda _, vmm: vmm.open_serial_console(key), deadline_seconds=_LOOK_SECONDS)
    except ConvirtError as error:  # not opened yet by the hypervisor, or the VM goes on to a third server
        raise OnItsWay(str(error)) from error
