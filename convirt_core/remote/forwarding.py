"""A socket of a server as a local one: what connects to it here is connected there."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError
from convirt_core.remote.private_folder import PrivateFolder, no_place
from convirt_core.remote.pump import Pump

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.remote.pump import Stream

_logger = logging.getLogger("convirt.remote")


class Forwarding:
    """A local UNIX socket that only this user can reach; each connection to it is a stream of its own. A `Forwarded`.

    :param name: of the server, for the names of threads
    :param open_stream: opens one; raises `ConvirtError` when it cannot
    :raises OperationFailed: there is no place for the socket
    """

    def __init__(self, name: str, open_stream: Callable[[], Stream]) -> None:
        self._name = f"convirt-forward-{name}"
        self._open_stream = open_stream
        self._lock = threading.Lock()
        self._pumps: set[Pump] = set()
        self._waiting: set[socket.socket] = set()
        self._is_closed = False
        self._complaint = ""
        self._folder = PrivateFolder()
        try:
            self._listener = self._listening()
        except BaseException:
            self._folder.close()
            raise
        threading.Thread(target=self._accept, name=self._name, daemon=True).start()

    @property
    def path(self) -> str:
        """Return where the socket is."""
        return str(self._folder.socket)

    @property
    def complaint(self) -> str:
        """Return what the server's side said when the last connection ended; maybe empty."""
        return self._complaint

    def close(self) -> None:
        """End all connections and remove the socket. May be called twice."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            pumps, self._pumps = self._pumps, set()
            for local in self._waiting:  # who connected must not wait for a server that hangs
                _shut(local)
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        self._listener.close()
        for pump in pumps:
            pump.stop()
        self._folder.close()

    def _listening(self) -> socket.socket:
        """Return the socket, which only this user can connect to."""
        try:
            with ExitStack() as undo:
                listener = undo.enter_context(socket.socket(socket.AF_UNIX))
                listener.bind(self.path)
                self._folder.socket.chmod(0o600)
                listener.listen()
                undo.pop_all()
                return listener
        except OSError as error:
            raise no_place(self._folder.name, error) from error

    def _accept(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                local, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(local,), name=f"{self._name}-open", daemon=True).start()

    def _connect(self, local: socket.socket) -> None:
        with self._lock:
            self._waiting.add(local)
        stream = self._opened()
        with self._lock:
            self._waiting.discard(local)
        if stream is None:
            _shut(local)
            local.close()
            return
        pump = Pump(local, stream, self._ended)
        with self._lock:
            is_closed = self._is_closed
            self._pumps.add(pump)
        pump.start(self._name)
        if is_closed:
            pump.stop()

    def _opened(self) -> Stream | None:
        """Return a new stream, or None and keep the complaint."""
        try:
            return self._open_stream()
        except Exception as error:  # noqa: BLE001  whatever it is, the other end must not be left waiting
            self._complaint = str(error)
            log = _logger.info if isinstance(error, ConvirtError) else _logger.exception
            log("%s: %s", self._name, error)
            return None

    def _ended(self, pump: Pump) -> None:
        with self._lock:
            self._pumps.discard(pump)
            self._complaint = pump.complaint


def _shut(local: socket.socket) -> None:
    with suppress(OSError):
        local.shutdown(socket.SHUT_RDWR)
