"""`convirt` in this process: as fast as a call, and every command and option that runs is written down."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from labs.cli_record import GUEST, RECORD, recording

from convirt_cli.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator


CONFIG = "name = 'web1'\nmemory = 64\nvcpus = 1\n"
"""The configuration file of a small VM."""


@dataclass(frozen=True)
class Ran:
    """How one command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer of a command with `--json`."""
        return json.loads(self.out)


class ConvirtHere:
    """One person's `convirt`.

    :param home: a folder for its configuration and data
    :param guest: whether its VMs are real guests, for the record
    """

    def __init__(self, home: Path, *, guest: bool = False) -> None:
        self.home = home
        self.environment = {
            "CONVIRT_CONFIG": str(home / "config.toml"),
            "CONVIRT_DATA": str(home / "data"),
            GUEST: "1" if guest else "0",
        }
        self._record = Path(os.environ.get(RECORD) or home / "record")

    def __call__(self, *arguments: str, stdin: str = "") -> Ran:
        """Run a command to its end, whatever it is."""
        out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
        with ExitStack() as stack:
            stack.enter_context(patch.dict(os.environ, self.environment))
            stack.enter_context(patch.object(sys, "stdin", io.StringIO(stdin)))
            stack.enter_context(recording(self._record))
            stack.enter_context(_signals_restored())
            stack.enter_context(redirect_stdout(out))
            stack.enter_context(redirect_stderr(err))
            code = main(arguments)
        out.flush()
        return Ran(int(code), out.buffer.getvalue().decode(), err.getvalue())  # type: ignore[attr-defined]

    def done(self, *arguments: str) -> str:
        """Run a command that must succeed; return its answer."""
        ran = self(*arguments)
        assert ran.code == 0, f"{' '.join(arguments)}: {ran.code}\n{ran.out}{ran.err}"
        return ran.out

    def json(self, *arguments: str) -> Any:
        """Run a command that must succeed, with `--json`; return its answer, parsed."""
        return json.loads(self.done(*arguments, "--json"))


@contextmanager
def _signals_restored() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
