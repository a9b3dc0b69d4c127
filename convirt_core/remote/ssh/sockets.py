"""The bytes below ssh: a TCP connection, or a command of the person's that makes one."""

from __future__ import annotations

import errno
import os
import queue
import socket
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from convirt_core.errors import DeadlineExceeded, ServerUnavailable

if TYPE_CHECKING:
    from convirt_core.remote.ssh.deadline import Deadline
    from convirt_core.remote.ssh.route import Route

_UNSENT_MILLISECONDS = 15_000
"""The kernel gives a connection up when what was sent is not taken for so long: tcp(7), TCP_USER_TIMEOUT."""

_WHERE = "Look at its address and port, and whether it is on: ping, ssh."


_BEGINNING_PIECES = 256
"""More than are received up to the answer to the first command: each packet comes in two."""


class _TcpSocket(socket.socket):
    """A connection that acknowledges at once what comes in its beginning.

    sshd sends small packets at once only from the first command on (OpenSSH 9.2 `ssh_packet_set_interactive`). Before,
    its second one waits for the acknowledgement of the first, which the kernel likes to hold back for 40 ms.
    """

    _pieces_left = _BEGINNING_PIECES

    def recv(self, count: int, flags: int = 0) -> bytes:
        data = super().recv(count, flags)
        if self._pieces_left:
            self._pieces_left -= 1
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)  # holds for this piece only, tcp(7)
        return data


def connect_tcp(route: Route, deadline: Deadline) -> socket.socket:
    """Connect to a server's sshd, at the first of its addresses that answers; those that are left share the time.

    :raises ServerUnavailable: with what stands in the way
    """
    last: OSError = TimeoutError()
    addresses = _addresses(route, deadline)
    for left, (family, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
        connected = _TcpSocket(family, socket.SOCK_STREAM)
        try:
            connected.settimeout(max(0.1, deadline.remaining / left))
            connected.connect(address)
        except OSError as error:
            connected.close()
            last = error
            continue
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else a command takes 48 ms in place of 4
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNSENT_MILLISECONDS)
        return connected
    raise _unreachable(route, last, deadline) from last


def _addresses(route: Route, deadline: Deadline) -> list[tuple[socket.AddressFamily, tuple[object, ...]]]:
    """Resolve the name, in a thread: the resolver has no deadline of its own."""
    found: queue.SimpleQueue[list[tuple[socket.AddressFamily, tuple[object, ...]]] | OSError] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            answers = socket.getaddrinfo(route.host, route.port, type=socket.SOCK_STREAM)
            found.put([(family, address) for family, _, _, _, address in answers])
        except (OSError, UnicodeError) as error:
            found.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=resolve, name=f"convirt-resolve-{route.host}", daemon=True).start()
    try:
        answer = found.get(timeout=max(0.1, deadline.remaining))
    except queue.Empty as error:
        raise DeadlineExceeded(
            f"The name {route.host} could not be looked up within {deadline.seconds:g} s.",
            remedy="Look at your name server, or use the server's IP address.",
        ) from error
    if isinstance(answer, OSError):
        raise ServerUnavailable(
            f"There is no host {route.host}: {answer.strerror or answer}.",
            remedy="Look at the server's address: convirt server edit --address.",
        ) from answer
    return answer


def _unreachable(route: Route, error: OSError, deadline: Deadline) -> ServerUnavailable:
    place = f"{route.host}, port {route.port}"
    if isinstance(error, ConnectionRefusedError):
        remedy = "Start sshd there, or say its port: convirt server edit --port."
        return ServerUnavailable(f"{place}, refuses connections: no sshd listens there.", remedy=remedy)
    if isinstance(error, TimeoutError) and error.errno in {None, errno.ETIMEDOUT}:
        return DeadlineExceeded(f"{place}, did not answer within {deadline.seconds:.0f} s.", remedy=_WHERE)
    return ServerUnavailable(f"There is no way to {place}: {error.strerror or error}.", remedy=_WHERE)


class CommandSocket(socket.socket):
    """One end of a pair whose other end is a command's input and output: `ProxyCommand` of ssh_config(5).

    Closing it ends the command.
    """

    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls, command: str) -> CommandSocket:
        """Start the command, as ssh does: through a shell that is replaced by it. The person has written it."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        own = cls(fileno=ours.detach())
        own._process = process
        return own

    def close(self) -> None:
        """Close it, and end the command."""
        super().close()
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
            threading.Thread(target=process.wait, name="convirt-proxy-command", daemon=True).start()
