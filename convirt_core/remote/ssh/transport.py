"""paramiko's transport, with what it leaves out.

That is: signals as the end of a command, a keep-alive that is answered, requests that nobody waits for, and new keys
while channels end.

It stands on internals of paramiko (4 and 5): `_channels`, `_channel_handler_table`, `_send_user_message`,
`_send_message`, `_parse_newkeys` and `_parse_channel_open_success`; a test holds that they are there.
"""

from __future__ import annotations

import errno
import logging
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, cast

import paramiko
from paramiko.common import MSG_CHANNEL_REQUEST, cMSG_CHANNEL_CLOSE, cMSG_CHANNEL_REQUEST, cMSG_GLOBAL_REQUEST
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

    def ping(self) -> bool:
        """Have the server say something; return whether it was asked.

        The reader calls this, and must not be held up: it is not asked while somebody sends, maybe to a server that
        takes nothing, nor during a key exchange.
        """
        if not self.clear_to_send_lock.acquire(blocking=False):
            return False
        try:
            if not self.clear_to_send.is_set():
                return False
            message = Message()
            message.add_byte(cMSG_GLOBAL_REQUEST)
            message.add_string("keepalive@openssh.com")
            message.add_boolean(True)  # an answer is wanted
            _INTERNALS._send_message(self, message)  # noqa: SLF001  see above
            return True
        finally:
            self.clear_to_send_lock.release()

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

        :raises OSError: the connection breaks; paramiko's EOFError is one that nobody who sends reckons with
        """
        if threading.current_thread() is not self:
            try:
                super()._send_user_message(data)  # type: ignore[misc]
            except EOFError as error:
                raise OSError(errno.EPIPE, "the connection has ended") from error
        elif self.clear_to_send.is_set():
            super()._send_user_message(data)  # type: ignore[misc]
        else:
            self._held.append(data)

    def _parse_newkeys(self, message: Message) -> None:
        super()._parse_newkeys(message)  # type: ignore[misc]
        held, self._held = self._held, []
        for each in held:
            self._send(each)

    def _parse_channel_open_success(self, message: Message) -> None:
        """Take a channel that the server has opened; one that nobody waits for any more is closed at once.

        paramiko forgets it, and the server counts it against its sessions (MaxSessions) up to the connection's end.
        """
        words = Message(message.asbytes())
        number, theirs = words.get_int(), words.get_int()
        own: Any = self
        channel = own._channels.get(number)  # noqa: SLF001  held up to the end: who gives it up meanwhile closes it
        if channel is not None:
            super()._parse_channel_open_success(message)  # type: ignore[misc]
            return
        closing = Message()
        closing.add_byte(cMSG_CHANNEL_CLOSE)
        closing.add_int(theirs)
        self._send(closing)

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
        """Send it; on a connection that breaks it is dropped, as paramiko does: who waits for the answer learns of it.

        :raises EOFError: in the reader, which is to end then
        """
        with suppress(OSError):
            _INTERNALS._send_user_message(self, message)  # noqa: SLF001  see above
