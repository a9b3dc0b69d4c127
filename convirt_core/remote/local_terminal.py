"""A command of this machine with a terminal, for a person."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import termios
from contextlib import suppress
from typing import TYPE_CHECKING

from convirt_core.errors import NotFound, ServerUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

_PIECE_BYTES = 1 << 16
_END_SECONDS = 1.0


class LocalTerminal:
    """A `Terminal`. The command is the leader of a session of its own, whose terminal it is: setsid(1), --ctty."""

    def __init__(self, argv: Sequence[str] | None, columns: int, rows: int, term: str) -> None:
        words = list(argv or [os.environ.get("SHELL", "/bin/sh")])
        self._ours, theirs = os.openpty()
        self._is_closed = False
        try:
            self.resize(columns, rows)
            self._process = subprocess.Popen(
                ["setsid", "--ctty", "--", *words],
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                env={**os.environ, "TERM": term},
            )
        except FileNotFoundError as error:
            os.close(self._ours)
            raise NotFound("There is no command setsid.", remedy="Install util-linux.") from error
        finally:
            os.close(theirs)

    @property
    def exit_code(self) -> int | None:
        """How it ended; negative: by that signal; None: it runs."""
        return self._process.poll()

    def read(self, *, timeout_seconds: float) -> bytes | None:
        """See `Terminal.read`."""
        poll = select.poll()
        poll.register(self._ours, select.POLLIN)
        if not poll.poll(1000 * timeout_seconds):
            return b""
        try:
            return os.read(self._ours, _PIECE_BYTES) or None
        except OSError:  # the last who had the terminal has closed it: Linux says EIO
            return None

    def write(self, data: bytes) -> None:
        """See `Terminal.write`."""
        try:
            while data:
                data = data[os.write(self._ours, data) :]
        except OSError as error:
            raise ServerUnavailable("The terminal takes no more input: its command has ended.") from error

    def resize(self, columns: int, rows: int) -> None:
        """See `Terminal.resize`."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def close(self) -> None:
        """See `Terminal.close`. The end of its terminal ends the command, as a hang-up does."""
        if self._is_closed:
            return
        self._is_closed = True
        os.close(self._ours)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
