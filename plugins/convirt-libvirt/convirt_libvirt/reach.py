"""Reaching a libvirt over a network of its own, whose opening has no deadline.

Where packets vanish it waits for TCP to give up: 133 s (measured with 9.0). Where the connection is taken and nobody
answers it waits for ever.
"""

from __future__ import annotations

import socket
import threading
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from urllib.parse import urlsplit

import libvirt

from convirt_core.errors import ServerUnavailable
from convirt_libvirt.errors import not_answered

PROBE_SECONDS = 5.0
_PORTS = {"tcp": 16509, "tls": 16514}
"""libvirt's own, by transport. With ssh the names are those of ssh's configuration, which only ssh knows."""


def check_port(uri: str, place: str) -> None:
    """Try the port of a URI over tcp or tls; others lead over no network of libvirt's.

    :param place: the server's name
    :raises ServerUnavailable: nobody takes the connection
    """
    parts = urlsplit(uri)
    port = _PORTS.get(parts.scheme.partition("+")[2] or "tls")
    if not parts.hostname or port is None:
        return
    address = (parts.hostname, parts.port or port)
    try:
        socket.create_connection(address, PROBE_SECONDS).close()
    except OSError as error:
        words = "no answer" if isinstance(error, TimeoutError) else error.strerror or error
        raise ServerUnavailable(
            f"Cannot connect to libvirt on {place} ({uri}): {words} at {address[0]}, port {address[1]}.",
            remedy="Check that libvirtd listens there, and that no firewall is in between.",
        ) from error


class Opening:
    """One opening in a thread of its own, which is left behind when it hangs; what it opens later is closed.

    Left threads do not pile up: where nobody answers, the other side soon takes no further connection.

    :param place: the server's name
    """

    def __init__(self, uri: str, place: str) -> None:
        self._uri = uri
        self._place = place
        self._opened: Future[libvirt.virConnect] = Future()
        threading.Thread(target=self._open, name=f"libvirt-open-{place}", daemon=True).start()

    def result(self, seconds: float) -> libvirt.virConnect:
        """Wait for the connection.

        :raises DeadlineExceeded: there is none within so many seconds
        :raises ServerUnavailable: it was left
        :raises libvirtError: it was refused
        """
        try:
            return self._opened.result(seconds)
        except CancelledError as error:
            raise ServerUnavailable(f"{self._place} was closed while it was being connected.") from error
        except TimeoutError as error:
            if self._opened.cancel():
                raise not_answered(self._place, seconds) from error
            return self._opened.result()  # it came at the last moment

    def leave(self) -> None:
        """Wait no more; without effect on one that has ended."""
        self._opened.cancel()

    def _open(self) -> None:
        try:
            handle = libvirt.open(self._uri)
        except libvirt.libvirtError as error:
            with suppress(InvalidStateError):  # left: nobody asks why
                self._opened.set_exception(error)
            return
        try:
            self._opened.set_result(handle)
        except InvalidStateError:
            with suppress(libvirt.libvirtError):  # it ended by itself
                handle.close()
