"""Bytes to and fro between a file descriptor and a VM's serial console."""

from __future__ import annotations

import os
import select
import threading
import time
from enum import StrEnum
from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.platforms import SerialConsole

ESCAPE = b"\x1d"
"""Ctrl-], as telnet and virsh have it."""

_READ_SECONDS = 0.5
_CHUNK = 4096


class Ended(StrEnum):
    """Why it is over."""

    LEFT = "left"  # the person typed Ctrl-]
    CONSOLE = "console"  # the VM's side ended
    INPUT = "input"  # ours did
    TIMEOUT = "timeout"


class Relay:
    """One conversation with a console. The caller keeps and closes the console.

    :param sink: takes what the guest says, in a thread of the relay's
    :param source: the descriptor to read keys from; None: nobody types
    :param escape: whether Ctrl-] leaves
    :param until_input_ends: whether the end of `source` ends it all
    """

    def __init__(
        self,
        console: SerialConsole,
        sink: Callable[[bytes], None],
        *,
        source: int | None,
        escape: bool = False,
        until_input_ends: bool = True,
    ) -> None:
        self._console = console
        self._sink = sink
        self._source = source
        self._escape = escape
        self._until_input_ends = until_input_ends
        self._over = threading.Event()
        self._error: ConvirtError | OSError | None = None
        self._wake_read, self._wake_write = os.pipe()

    def run(self, *, timeout_seconds: float | None = None) -> Ended:
        """Relay until one side ends.

        :raises ServerUnavailable: the connection is lost
        :raises OSError: the sink takes no more, such as `BrokenPipeError` of `convirt vm console web1 | head`
        """
        reader = threading.Thread(target=self._read_console, name="console-reader", daemon=True)
        reader.start()
        try:
            ended = self._send_input(timeout_seconds)
        finally:
            self._over.set()
            self._console.close()
            reader.join(timeout=2)
            os.close(self._wake_read)
        if ended is Ended.CONSOLE and self._error is not None:
            raise self._error
        return ended

    def _read_console(self) -> None:
        try:
            while not self._over.is_set():
                data = self._console.read(timeout_seconds=_READ_SECONDS)
                if data is None:
                    return
                if data:
                    self._sink(data)
        except (ConvirtError, OSError) as error:
            self._error = error
        finally:
            os.close(self._wake_write)  # the other thread sees the end of the pipe

    def _send_input(self, timeout_seconds: float | None) -> Ended:
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        source = self._source
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            watched = [self._wake_read] if source is None else [self._wake_read, source]
            ready, _, _ = select.select(watched, [], [], left)
            if self._wake_read in ready:
                return Ended.CONSOLE
            if not ready:
                return Ended.TIMEOUT
            data = os.read(source, _CHUNK) if source is not None else b""
            if not data:
                if self._until_input_ends:
                    return Ended.INPUT
                source = None
            elif self._escape and ESCAPE in data:
                self._console.write(data[: data.index(ESCAPE)])
                return Ended.LEFT
            else:
                self._console.write(data)
