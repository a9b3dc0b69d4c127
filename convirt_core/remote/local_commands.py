"""Commands on this machine."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from convirt_core.errors import DeadlineExceeded, InvalidInput, NotFound, OperationFailed
from convirt_core.platforms import CommandResult
from convirt_core.remote.family import KILL_FAMILY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_LOOK_SECONDS = 0.5
_KILL_SECONDS = 5.0
_logger = logging.getLogger("convirt.remote")


def run_command(
    argv: Sequence[str],
    *,
    stdin: bytes,
    timeout_seconds: float,
    folder: str | None,
    environment: Mapping[str, str] | None,
    check: Callable[[], None] | None,
) -> CommandResult:
    """Run one command in a session of its own; it ends with its children when the wait for it ends early."""
    _logger.debug("runs %s", list(argv))
    process = _start(argv, folder, environment)
    try:
        stdout, stderr = _communicate(process, stdin, time.monotonic() + timeout_seconds, check)
    except subprocess.TimeoutExpired as error:
        raise DeadlineExceeded(f"{argv[0]} did not end within {timeout_seconds:g} s and was stopped.") from error
    finally:
        if process.returncode is None:
            _end(process)
    return CommandResult(tuple(argv), process.returncode, stdout, stderr)


def _start(argv: Sequence[str], folder: str | None, environment: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    env = {**os.environ, **environment} if environment else None
    try:
        return subprocess.Popen(
            list(argv), stdin=pipe, stdout=pipe, stderr=pipe, cwd=folder, env=env, start_new_session=True
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        if folder is not None and not os.path.isdir(folder):  # noqa: PTH112  pathlib is not worth it here
            raise NotFound(f"There is no folder {folder}.") from error
        raise NotFound(f"There is no command {argv[0]}.", remedy="Install the package that brings it.") from error
    except OSError as error:
        raise OperationFailed(f"{argv[0]} cannot be run: {error.strerror}.") from error
    except (ValueError, IndexError) as error:
        raise InvalidInput(f"This cannot be a command: {argv!r}.") from error


def _communicate(
    process: subprocess.Popen[bytes], stdin: bytes, deadline: float, check: Callable[[], None] | None
) -> tuple[bytes, bytes]:
    """Feed and read the process, looking at `check` in between.

    :raises subprocess.TimeoutExpired: past the deadline
    """
    to_send: bytes | None = stdin
    while True:
        remaining = max(0.0, deadline - time.monotonic())
        try:
            return process.communicate(to_send, timeout=min(remaining, _LOOK_SECONDS) if check else remaining)
        except subprocess.TimeoutExpired:
            if time.monotonic() >= deadline:
                raise
        to_send = None  # what was not sent yet is kept by the Popen
        if check is not None:
            check()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the command and its children: nobody has reaped it yet, so the number is still its own.

    Leaving the block closes the pipes and reaps it.
    """
    with process:
        try:
            with suppress(OSError, subprocess.TimeoutExpired):  # at the machine's limits the group has to do
                _run_quietly("/bin/sh", "-c", KILL_FAMILY, "sh", str(process.pid))
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def _run_quietly(*argv: str) -> None:
    nothing = subprocess.DEVNULL
    subprocess.run(argv, stdin=nothing, stdout=nothing, stderr=nothing, timeout=_KILL_SECONDS, check=False)
