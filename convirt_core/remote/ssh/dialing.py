"""Making the connection with a server: the socket, the greeting, its key, the login."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paramiko.ssh_exception import IncompatiblePeer, SSHException

from convirt_core.errors import DeadlineExceeded, OperationFailed, ServerUnavailable
from convirt_core.remote.ssh.deadline import Deadline
from convirt_core.remote.ssh.host_keys import check_host_key, preferred_kinds
from convirt_core.remote.ssh.known_hosts import known_keys
from convirt_core.remote.ssh.link import Link
from convirt_core.remote.ssh.login import LOGIN_SECONDS, Login
from convirt_core.remote.ssh.sockets import CommandSocket, connect_tcp
from convirt_core.remote.ssh.transport import Transport
from convirt_core.remote.ssh.wire import Wire

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    import paramiko

    from convirt_core.remote.questions import Questions
    from convirt_core.remote.ssh.route import Route
    from convirt_core.remote.ssh.secrets import Secrets

CONNECT_SECONDS = 5.0
"""For each step that a server answers: a name, a connection, a greeting."""


class Dialer:
    """Makes the connections with one server, one after the other.

    :param secrets: shared by all connections of an application
    :param clock: of the login; stands still while a person is asked
    """

    def __init__(self, questions: Questions, secrets: Secrets, clock: Callable[[], float]) -> None:
        self._questions = questions
        self._secrets = secrets
        self._clock = clock

    def dial(
        self, route: Route, jump: Link | None, on_end: Callable[[Transport], None], expected_key: str = ""
    ) -> Link:
        """Connect and log in.

        :param jump: the server through which it is reached, if there is one
        :param on_end: given the transport when it has ended, in its own thread
        :param expected_key: the fingerprint that the server's key must have; empty: any that is known or confirmed
        :raises ServerUnavailable: it cannot be reached, or does not let us in (`LoginFailed`)
        :raises Refused: its key is not the one that is known or expected, or nobody confirms it
        """
        wire = Wire(self._connect(route, jump))
        transport = Transport(wire, on_end)
        try:
            self._greet(transport, route, wire)
            key = transport.get_remote_server_key()
            check_host_key(route, key.get_name(), key.asbytes(), self._questions, expected_key)
            deadline = Deadline(LOGIN_SECONDS, self._clock)
            Login(transport, route, self._secrets, self._questions, deadline).run()
        except BaseException:
            transport.close()
            wire.close()
            raise
        wire.watch(transport.ping)
        return Link(route, transport, wire)

    @staticmethod
    def _connect(route: Route, jump: Link | None) -> socket.socket | paramiko.Channel:
        deadline = Deadline(CONNECT_SECONDS)
        if jump is not None:
            return _through(jump, route, deadline)
        return CommandSocket.start(route.proxy_command) if route.proxy_command else connect_tcp(route, deadline)

    @staticmethod
    def _greet(transport: Transport, route: Route, wire: Wire) -> None:
        """Agree on keys and ciphers."""
        transport.banner_timeout = transport.handshake_timeout = CONNECT_SECONDS
        known = known_keys(route.all_known_hosts, route.key_name)
        options = transport.get_security_options()
        options.key_types = preferred_kinds(options.key_types, known)
        try:
            transport.start_client(timeout=CONNECT_SECONDS)
        except IncompatiblePeer as error:
            raise ServerUnavailable(f"{route.key_name} and we have no cipher or key in common: {error}.") from error
        except (SSHException, EOFError, OSError) as error:
            raise _no_ssh(route, wire, error) from error
        if not transport.initial_kex_done:  # paramiko returns without a word when its time is up
            raise _no_ssh(route, wire, SSHException("no answer in time"))


def _through(jump: Link, route: Route, deadline: Deadline) -> paramiko.Channel:
    try:
        return jump.open_tcp(route.host, route.port, deadline)
    except OperationFailed as error:
        raise ServerUnavailable(
            str(error), remedy=f"Look at its address and port, and whether {jump.route.host} reaches it."
        ) from error


def _no_ssh(route: Route, wire: Wire, error: Exception) -> ServerUnavailable:
    place = f"{route.host}, port {route.port}"
    if wire.received_bytes:
        return ServerUnavailable(
            f"{place}, is no ssh server, or broke off its greeting.", remedy="Say the port of its sshd: --port."
        )
    if wire.silent_seconds < CONNECT_SECONDS:
        return ServerUnavailable(
            f"{place}, took the connection and hung up: {error}".rstrip(".") + ".",
            remedy="Look at the log of its sshd; it may refuse this address, or be overloaded (MaxStartups).",
        )
    return DeadlineExceeded(
        f"{place}, took the connection and said nothing within {CONNECT_SECONDS:.0f} s.",
        remedy="Its sshd hangs, or something else listens there.",
    )
