"""Where the log goes. Front ends set it up; the core only writes to loggers below `convirt`.

A record carries the server and the task that the work is for, see `about`.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOT = "convirt"
LIMIT_BYTES = 4 << 20
KEPT_FILES = 3

_SHOWN = (logging.WARNING, logging.INFO, logging.DEBUG)

# Not state of an application: the value belongs to the running block of code, as a local variable does.
_about: ContextVar[tuple[str, str]] = ContextVar("convirt_log_about", default=("", ""))

logging.getLogger(ROOT).addHandler(logging.NullHandler())


@contextmanager
def about(*, server: str = "", task: str = "") -> Iterator[None]:
    """Mark the records of a block, in this thread, with a server's name, a task's id, or both."""
    before_server, before_task = _about.get()
    token = _about.set((server or before_server, task or before_task))
    try:
        yield
    finally:
        _about.reset(token)


@contextmanager
def logging_to(
    log_file: Path, *, level: str = "info", verbosity: int = 0, stream: TextIO | None = None
) -> Iterator[None]:
    """Write the log for as long as the block runs.

    :param level: of what goes into the file: `debug`, `info`, `warning` or `error`
    :param verbosity: 0: warnings are also written to `stream`, for a person; 1: what goes on, 2: with details
    :param stream: None: standard error
    """
    handlers: list[logging.Handler] = [RotatingFile(log_file)]
    handlers[0].setLevel(level.upper())
    handlers.append(logging.StreamHandler(stream or sys.stderr))
    handlers[-1].setLevel(_SHOWN[min(verbosity, len(_SHOWN) - 1)])
    logger = logging.getLogger(ROOT)
    level_before = logger.level
    logger.setLevel(min(handler.level for handler in handlers))
    for handler in handlers:
        handler.addFilter(_add_fields)
        handler.setFormatter(_formatter())
    if not verbosity:
        handlers[-1].setFormatter(logging.Formatter("Warning: %(message)s"))
    for handler in handlers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        logger.setLevel(level_before)
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()


class RotatingFile(logging.FileHandler):
    """A log file that is put aside when it is full: `convirt.log.1` is the newest of those.

    Opened at the first record. Several processes may write to it: who finds it put aside by another begins
    the new one too. (The standard library's handler puts it aside again, and costs its import of `socket`.)
    A log that cannot be written never stops work: it is said once on standard error.
    """

    def __init__(self, path: Path, *, limit_bytes: int = LIMIT_BYTES, kept: int = KEPT_FILES) -> None:
        super().__init__(path, encoding="utf-8", errors="backslashreplace", delay=True)
        self._path = path
        self._limit_bytes = limit_bytes
        self._kept = kept
        self._has_complained = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            if self.stream is None:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            else:
                self._change_file(self.stream)
            super().emit(record)
        except OSError:
            self.handleError(record)

    def close(self) -> None:
        """Close it. What a full disk does not take is lost: that was said when it was to be written."""
        with suppress(OSError):
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the standard library's name
        """Say once that the log cannot be written."""
        del record
        if not self._has_complained:
            self._has_complained = True
            print(f"convirt: the log {self._path} cannot be written: {sys.exc_info()[1]}", file=sys.stderr)  # noqa: T201

    def _change_file(self, stream: TextIO) -> None:
        is_put_aside = self._is_put_aside(stream)
        if is_put_aside or os.fstat(stream.fileno()).st_size >= self._limit_bytes:
            self.stream = None
            stream.close()
            if not is_put_aside:
                self._put_aside()

    def _is_put_aside(self, stream: TextIO) -> bool:
        try:
            return not os.path.samestat(self._path.stat(), os.fstat(stream.fileno()))
        except FileNotFoundError:
            return True

    def _put_aside(self) -> None:
        for number in range(self._kept - 1, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            if older.exists():
                older.replace(self._path.with_name(f"{self._path.name}.{number + 1}"))
        self._path.replace(self._path.with_name(f"{self._path.name}.1"))


def _add_fields(record: logging.LogRecord) -> bool:
    fields = dict(zip(("server", "task"), _about.get(), strict=True))
    record.__dict__.update(fields)
    record.about = "".join(f" {name}={value}" for name, value in fields.items() if value)
    return True


def _formatter() -> logging.Formatter:
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s[%(process)d]%(about)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    return formatter
