"""`convirt` as a person's shell runs it: a process, with a configuration and an inventory of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 120
HELD_CLI = Path(__file__).with_name("held_cli.py")


class Convirt:
    """One person's `convirt`.

    :param home: a folder for its configuration and data
    :param within: words before each command, that run it elsewhere
    """

    def __init__(self, home: Path, *, within: Sequence[str] = (), **environment: str) -> None:
        self.home = home
        self.within = tuple(within)
        self.environment = {
            **os.environ,
            "CONVIRT_CONFIG": str(home / "config.toml"),
            "CONVIRT_DATA": str(home / "data"),
            "COLUMNS": "200",
            **environment,
        }

    @property
    def store(self) -> Path:
        """The inventory's file."""
        return self.home / "data" / "inventory.sqlite"

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, whatever it is."""
        return subprocess.run(
            [*self.within, sys.executable, "-m", "convirt_cli", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    def done(self, *arguments: str) -> str:
        """Run a command that must succeed; return its answer."""
        result = self(*arguments)
        assert result.returncode == 0, f"{' '.join(arguments)}: {result.returncode}\n{result.stdout}{result.stderr}"
        return result.stdout

    def json(self, *arguments: str) -> Any:
        """Run a command that must succeed, with `--json`; return its answer, parsed."""
        return json.loads(self.done(*arguments, "--json"))

    def begin(self, *arguments: str, held_at: str = "") -> subprocess.Popen[str]:
        """Start a command in a process group of its own, with SIGINT as in a shell, and leave it running.

        :param held_at: a point of `labs.held_cli` at which it stands still
        """
        program = [str(HELD_CLI), held_at] if held_at else ["-m", "convirt_cli"]
        return subprocess.Popen(
            [*self.within, sys.executable, *program, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # tests may run where SIGINT is ignored, which a child inherits
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  no thread of ours runs
        )

    def pipe(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command, to read its standard output in bytes; its input is open and says nothing.

        What it says on standard error is in the home's file `stderr`.
        """
        with (self.home / "stderr").open("ab") as stderr:
            return subprocess.Popen(
                [*self.within, sys.executable, "-m", "convirt_cli", *arguments],
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )


def wait_until_held(process: subprocess.Popen[str]) -> None:
    """Wait until a process that was begun with `held_at` has stopped there; raises AssertionError if it has ended."""

    def is_held() -> bool:
        assert process.poll() is None, f"it ended before: {process.communicate()[0]}"
        return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    wait_until(is_held, "it is held")


def end(process: subprocess.Popen[str], how: signal.Signals, within_seconds: float = 15) -> tuple[int, str]:
    """End a process, held or not, with a signal; return its exit code and what it said.

    SIGCONT lets it go on to its own end. It is killed if it does not end in time, which raises AssertionError.
    """
    process.send_signal(how)
    process.send_signal(signal.SIGCONT)
    try:
        said, _ = process.communicate(timeout=within_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
        raise AssertionError(f"it did not end within {within_seconds} s of {how.name}, and said:\n{said}") from None
    return process.returncode, said


def wait_until(holds: Callable[[], bool], what: str, within_seconds: float = 30) -> None:
    """Wait until something holds; raises AssertionError naming it."""
    deadline = time.monotonic() + within_seconds
    while not holds():
        assert time.monotonic() < deadline, f"not so within {within_seconds} s: {what}"
        time.sleep(0.05)
