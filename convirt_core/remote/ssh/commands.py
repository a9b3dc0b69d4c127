"""Commands on a server over ssh."""

from __future__ import annotations

import logging
import os
import select
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError, DeadlineExceeded, NotFound, OperationFailed, ServerUnavailable
from convirt_core.platforms import CommandResult
from convirt_core.remote.family import KILL_FAMILY
from convirt_core.remote.ssh.command_line import NO_COMMAND, NO_FOLDER, command_line, in_sh
from convirt_core.remote.ssh.deadline import Deadline
from convirt_core.remote.ssh.streams import send_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import paramiko

    from convirt_core.remote.ssh.link import Link

_LOOK_SECONDS = 0.5
_PIECE_BYTES = 1 << 20
_SHORT_BYTES = 1 << 16
"""Fits into the window that every server gives at the beginning, so sending it waits for nobody."""

_KILL_SECONDS = 5.0
_BEGIN_SECONDS = 1.0
_logger = logging.getLogger("convirt.remote")


def run_command(
    link: Link,
    argv: Sequence[str],
    *,
    stdin: bytes,
    deadline: Deadline,
    folder: str | None,
    environment: Mapping[str, str] | None,
    check: Callable[[], None] | None,
) -> CommandResult:
    """Run one command, which ends with its children when the wait for it ends early."""
    mark = f"convirt-{os.urandom(8).hex()}"
    line = command_line(argv, mark, folder=folder, environment=environment)
    _logger.debug("runs on %s: %s", link.route.host, list(argv))
    with link.session(deadline) as channel:
        link.transport.execute(channel, line)
        running = _Running(link, channel, argv, mark, deadline)
        try:
            running.send(stdin)
            running.collect(check)
        except DeadlineExceeded:
            running.kill()
            raise
        except BaseException:  # Ctrl-C and Cancel too, which are what the caller has to learn of
            running.try_to_kill()
            raise
        return running.result(folder)


class _Running:
    """A command on its way."""

    def __init__(
        self, link: Link, channel: paramiko.Channel, argv: Sequence[str], mark: str, deadline: Deadline
    ) -> None:
        self._link = link
        self._channel = channel
        self._argv = argv
        self._mark = mark.encode()
        self._deadline = deadline
        self._out = bytearray()
        self._err = bytearray()

    @property
    def _called(self) -> str:
        """What it is called in a message: the shell's name says nothing of a script of ours."""
        return "a script of ConVirt" if list(self._argv[:2]) == ["/bin/sh", "-c"] else self._argv[0]

    def send(self, stdin: bytes) -> None:
        """Feed it; what is long is fed beside, for the command may want its output to be read first."""
        if len(stdin) <= _SHORT_BYTES:
            self._feed(stdin)
        else:
            threading.Thread(target=self._feed, args=(stdin,), name="convirt-stdin", daemon=True).start()

    def _feed(self, stdin: bytes) -> None:
        with suppress(OSError):  # it has ended, and did not want all of it
            self._channel.settimeout(max(0.1, self._deadline.remaining))
            send_all(self._channel, stdin)
            self._channel.shutdown_write()

    def collect(self, check: Callable[[], None] | None) -> None:
        """Read what it says until it has ended.

        :raises DeadlineExceeded: past the deadline
        """
        poll = select.poll()
        poll.register(self._channel.fileno(), select.POLLIN)
        while not self._read():
            self._look(check)
            poll.poll(1000 * min(self._deadline.remaining, _LOOK_SECONDS if check else 60.0))
        while not self._channel.status_event.wait(min(self._deadline.remaining, _LOOK_SECONDS)):
            self._look(check)

    def _read(self) -> bool:
        """Take what has come; return whether nothing more will."""
        is_over = bool(self._channel.eof_received or self._channel.closed)
        while self._channel.recv_ready():
            self._out += self._channel.recv(_PIECE_BYTES)
        while self._channel.recv_stderr_ready():
            self._err += self._channel.recv_stderr(_PIECE_BYTES)
        return is_over

    def _look(self, check: Callable[[], None] | None) -> None:
        if self._deadline.has_passed:
            raise DeadlineExceeded(f"{self._called} did not end within {self._deadline.seconds:g} s and was stopped.")
        if check is not None:
            check()

    def _said(self) -> tuple[bytes, bytes] | None:
        """Return what the script said of itself, and what the command said after that."""
        _, mark, rest = bytes(self._out).partition(self._mark + b" ")
        word, newline, output = rest.partition(b"\n")
        return (word, output) if mark and newline else None

    def kill(self) -> None:
        """End it and its children, over a channel of its own.

        :raises DeadlineExceeded: nobody can say whether it has ended
        """
        said = self._beginning()
        if said is None and self._channel.status_event.is_set():
            return
        try:
            if said is None:
                raise ServerUnavailable(f"{self._link.route.host} has not said that it began.")
            self._kill_family(said[0].decode())
        except ConvirtError as error:
            raise DeadlineExceeded(
                f"{self._called} did not end within {self._deadline.seconds:g} s on {self._link.route.host}, "
                "which does not answer: it may still run there.",
                remedy="Look at the server when it answers again.",
            ) from error

    def try_to_kill(self) -> None:
        """Likewise, on the way out with an error that counts for more."""
        try:
            self.kill()
        except DeadlineExceeded as error:
            _logger.warning("%s", error)

    def _beginning(self) -> tuple[bytes, bytes] | None:
        """Wait a moment for the script's own words: it may have been begun just now."""
        deadline = Deadline(_BEGIN_SECONDS)
        is_over = False
        while True:
            with suppress(OSError):
                is_over = self._read()
            said = self._said()
            if said or is_over or deadline.has_passed or not self._link.is_alive:
                return said
            time.sleep(_BEGIN_SECONDS / 50)

    def _kill_family(self, number: str) -> None:
        deadline = Deadline(_KILL_SECONDS)
        with self._link.session(deadline, urgent=True) as channel:
            self._link.transport.execute(channel, in_sh(KILL_FAMILY, number))
            if not channel.status_event.wait(deadline.remaining) or not self._link.is_alive:
                raise DeadlineExceeded(f"{self._link.route.host} did not answer.")

    def result(self, folder: str | None) -> CommandResult:
        """Return how it ended.

        :raises NotFound: the command or the folder is not there
        :raises OperationFailed: the server ran nothing
        """
        said = self._said()
        code = self._channel.exit_status
        if code == -1 and not self._link.is_alive:
            raise ServerUnavailable(
                f"The connection with {self._link.route.host} ended while {self._called} ran: it may still run there.",
                remedy="It is connected again when it is next used.",
            )
        if said is None:
            words = bytes(self._err or self._out).decode(errors="replace").strip() or f"exit code {code}"
            raise OperationFailed(f"{self._link.route.host} does not run commands for {self._link.route.user}: {words}")
        if said[0] == NO_FOLDER:
            raise NotFound(f"There is no folder {folder}.")
        if said[0] == NO_COMMAND:
            raise NotFound(f"There is no command {self._argv[0]}.", remedy="Install the package that brings it.")
        return CommandResult(tuple(self._argv), code, said[1], bytes(self._err))
