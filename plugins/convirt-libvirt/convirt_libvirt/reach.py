"""Whether the port that a URI names takes connections.

Where packets vanish, libvirt's own opening waits for TCP to give up: 133 s (measured with 9.0).
"""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from convirt_core.errors import ServerUnavailable

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
