"""A serial console over a libvirt stream that never blocks.

`virStreamRecv` on a blocking stream makes other threads' calls on the connection lose their wake-ups, so the
stream is non-blocking: libvirt's event thread says when there is something to do, and the reader or the writer
does it. libvirt repeats an event until it is acted on, so each is switched off when it comes and on again by
whoever waits for it; none can be missed.
"""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

import libvirt

from convirt_core.errors import ServerUnavailable
from convirt_libvirt.errors import sentence

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

_PIECE = 64 * 1024
_SEND_SECONDS = 10.0
_READABLE = libvirt.VIR_STREAM_EVENT_READABLE
_WRITABLE = libvirt.VIR_STREAM_EVENT_WRITABLE
_ENDED = libvirt.VIR_STREAM_EVENT_ERROR | libvirt.VIR_STREAM_EVENT_HANGUP
_WOULD_BLOCK = -2


class StreamConsole:
    """A `SerialConsole`.

    :param stream: opened with NONBLOCK, connected to a console
    :param title: for messages: `The console of web1 on host1`
    :param is_connected: whether the connection below still stands
    :param turn: held around a call that waits for the server
    """

    def __init__(
        self,
        stream: libvirt.virStream,
        title: str,
        is_connected: Callable[[], bool],
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._turn = turn
        self._stream = stream
        self._is_connected = is_connected
        self._title = title
        self._calling = threading.Lock()  # held around calls of the stream, so that none meets its end
        self._changed = threading.Condition()  # guards the three below
        self._wanted = _ENDED
        self._happened = 0
        self._closed = False
        stream.eventAddCallback(self._wanted, self._on_event, None)

    def read(self, *, timeout_seconds: float) -> bytes | None:
        """Return what has come, at least a byte; `b""` if nothing came in time; None at the end."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            piece = self._receive()
            if piece != b"" or not self._wait_for(_READABLE, deadline):
                return piece

    def write(self, data: bytes) -> None:
        """Send all of `data`. Raises `ServerUnavailable` when the line is gone, or takes nothing for 10 s."""
        deadline = time.monotonic() + _SEND_SECONDS
        while data:
            sent = self._send(data)
            data = data[sent:]
            if sent:
                deadline = time.monotonic() + _SEND_SECONDS
            elif not self._wait_for(_WRITABLE, deadline):
                raise ServerUnavailable(f"{self._title} takes no more input.")

    def close(self) -> None:
        """Let the line go; wakes a reader, which then reads the end. May be called twice."""
        with self._changed:
            closed, self._closed = self._closed, True
            self._changed.notify_all()
        if closed:
            return
        with self._calling:  # a stream that is not aborted keeps the process from ending
            with suppress(libvirt.libvirtError):  # it has ended already
                self._stream.eventRemoveCallback()
            with suppress(libvirt.libvirtError), self._turn():  # likewise
                self._stream.abort()

    def _receive(self) -> bytes | None:
        """Take what is there; `b""`: nothing yet; None: the end."""
        with self._calling:
            if self._closed:
                return None
            hung_up = self._happened & _ENDED
            try:
                got = self._stream.recv(_PIECE)
            except libvirt.libvirtError as error:
                if self._is_connected():
                    return None  # somebody forced it open for himself: "stream had I/O failure"
                raise self._lost(error) from error
        if got == _WOULD_BLOCK:
            return None if hung_up else b""
        return got or None

    def _send(self, data: bytes) -> int:
        """Send what the line takes now; return how many bytes that were."""
        with self._calling:
            if self._closed or self._happened & _ENDED:
                raise ServerUnavailable(f"{self._title} has been closed.")
            try:
                sent: int = self._stream.send(data)
            except libvirt.libvirtError as error:
                raise self._lost(error) from error
        return 0 if sent == _WOULD_BLOCK else sent

    def _wait_for(self, event: int, deadline: float) -> bool:
        """Wait until the stream says `event`, or its end; return whether it did in time."""
        with self._changed:
            self._happened &= ~event
            self._want(self._wanted | event)
            return self._changed.wait_for(
                lambda: self._closed or self._happened & (event | _ENDED), max(0.0, deadline - time.monotonic())
            )

    def _on_event(self, _stream: object, events: int, _opaque: object) -> None:
        """Note what happened. In libvirt's event thread, which must not be held up."""
        with self._changed:
            self._happened |= events
            self._want(0 if events & _ENDED else self._wanted & ~events)
            self._changed.notify_all()

    def _want(self, events: int) -> None:
        self._wanted = events
        with suppress(libvirt.libvirtError):  # it has ended already
            self._stream.eventUpdateCallback(events)

    def _lost(self, error: libvirt.libvirtError) -> ServerUnavailable:
        return ServerUnavailable(f"{self._title} broke off: {sentence(error)}.")
