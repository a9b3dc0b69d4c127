"""paramiko's transport, with what it leaves out.

That is: signals as the end of a command, a keep-alive that is answered, requests that nobody waits for, and new keys
while channels end.

It stands on internals of paramiko (4 and 5): `_channel_handler_table`, `_send_user_message` and `_parse_newkeys`.
"""

from __future__ import annotations

import logging
import signal
import threading
from typing import TYPE_CHECKING, Any, ClassVar, cast

import paramiko
from paramiko.common import MSG_CHANNEL_REQUEST, cMSG_CHANNEL_REQUEST, cMSG_GLOBAL_REQUEST
from paramiko.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from convirt_core.remote.ssh.wire import Wire

WINDOW_BYTES = 1 << 25
"""What a server may send ahead. paramiko's own 2 MiB halve the rate of a large transfer."""

_LOG = "convirt.remote.paramiko"
_logger = logging.getLogger(_LOG)
# With AES in the processor these are twice as fast as paramiko's first choice, a counter mode with a separate MAC.
_FAST_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
_UNKNOWN_SIGNAL = 1


def _handle_channel_request(channel: paramiko.Channel, message: Message) -> None:
    """Note the signal that ended a command (RFC 4254, 6.10), as a negative exit status."""
    words = Message(message.get_remainder())
    if words.get_text() != "exit-signal":
        _HANDLERS[MSG_CHANNEL_REQUEST](channel, message)
        return
    words.get_boolean()
    name = f"SIG{words.get_text()}"
    channel.exit_status = -int(getattr(signal, name, _UNKNOWN_SIGNAL))
    channel.status_event.set()


_INTERNALS: Any = paramiko.Transport
_HANDLERS: dict[int, Callable[[paramiko.Channel, Message], None]] = _INTERNALS._channel_handler_table  # noqa: SLF001  see above


class Transport(paramiko.Transport):
    """One connection to an sshd.

    :param on_end: given this when it has ended, however it did, in its own thread
    """

    _channel_handler_table: ClassVar[Any] = {**_HANDLERS, MSG_CHANNEL_REQUEST: _handle_channel_request}

    def __init__(self, wire: Wire, on_end: Callable[[Transport], None]) -> None:
        super().__init__(cast("socket", wire), default_window_size=WINDOW_BYTES)
        self._on_end = on_end
        self._held: list[Message] = []
        self.set_log_channel(_LOG)
        options = self.get_security_options()
        options.ciphers = (*_FAST_CIPHERS, *(each for each in options.ciphers if each not in _FAST_CIPHERS))

    def run(self) -> None:
        """Be its thread; say when it is over."""
        try:
            super().run()
        except Exception:  # whatever paramiko stumbles over while a connection breaks, it has ended
            _logger.debug("the transport ended with an error", exc_info=True)
        finally:
            self._on_end(self)

    def ping(self) -> None:
        """Have the server say something. Never during a key exchange, which the reader must not hold up."""
        if not self.clear_to_send.is_set():
            return
        message = Message()
        message.add_byte(cMSG_GLOBAL_REQUEST)
        message.add_string("keepalive@openssh.com")
        message.add_boolean(True)  # an answer is wanted
        self._send(message)

    def execute(self, channel: paramiko.Channel, command: bytes) -> None:
        """Have a command begun in a channel. A server that refuses closes the channel; nobody waits for that."""
        message = self._request(channel, "exec")
        message.add_string(command)
        self._send(message)

    def shell(self, channel: paramiko.Channel) -> None:
        """Likewise the person's login shell."""
        self._send(self._request(channel, "shell"))

    def terminal(self, channel: paramiko.Channel, term: str, columns: int, rows: int) -> None:
        """Give the channel's command a terminal (RFC 4254, 6.2); asked before `execute`."""
        message = self._request(channel, "pty-req")
        message.add_string(term)
        for number in (columns, rows, 0, 0):
            message.add_int(number)
        message.add_string("")
        self._send(message)

    def resize(self, channel: paramiko.Channel, columns: int, rows: int) -> None:
        """Say that the terminal has another size (RFC 4254, 6.7)."""
        message = self._request(channel, "window-change")
        for number in (columns, rows, 0, 0):
            message.add_int(number)
        self._send(message)

    def _send_user_message(self, data: Message) -> None:
        """Send a message, after the key exchange if there is one. What the reader has to say then is held.

        paramiko has even the reader wait, for what only the reader can bring about: a channel that ended in the
        moment between our wish for new keys and the server's answer ended the connection, after half a minute.
        """
        if threading.current_thread() is self and not self.clear_to_send.is_set():
            self._held.append(data)
        else:
            super()._send_user_message(data)  # type: ignore[misc]

    def _parse_newkeys(self, message: Message) -> None:
        super()._parse_newkeys(message)  # type: ignore[misc]
        held, self._held = self._held, []
        for each in held:
            self._send(each)

    @staticmethod
    def _request(channel: paramiko.Channel, kind: str) -> Message:
        message = Message()
        message.add_byte(cMSG_CHANNEL_REQUEST)
        message.add_int(channel.remote_chanid)
        message.add_string(kind)
        message.add_boolean(False)  # no answer is wanted
        return message

    def _log(self, level: int, msg: str | list[str], *args: object) -> None:
        """Log everything as details: what it calls an error is raised as one of ours."""
        del level
        super()._log(logging.DEBUG, msg, *args)  # type: ignore[misc]

    def _send(self, message: Message) -> None:
        _INTERNALS._send_user_message(self, message)  # noqa: SLF001  see above
