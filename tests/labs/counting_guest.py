"""A guest that says a number five times a second, and who listens to it: what a migration loses shows in between."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from labs.command_line import Convirt

WORD = "lab.count=5"
"""What the guest needs on its kernel command line."""

_LINE = re.compile(rb"lab\.count (\d+)\r?\n")
_LOOK_SECONDS = 0.02


class Heard:
    """The numbers that a listener has heard, with the moments of this machine's clock."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.numbers: list[int] = []
        self._rest = b""

    def hear(self, data: bytes) -> None:
        """Take what came now."""
        now, said = time.monotonic(), self._rest + data
        end = 0
        for line in _LINE.finditer(said):
            self.at.append(now)
            self.numbers.append(int(line[1]))
            end = line.end()
        self._rest = said[end:]

    @property
    def longest_gap_seconds(self) -> float:
        """The longest silence between two numbers."""
        return max(later - earlier for earlier, later in pairwise(self.at))

    @property
    def falls(self) -> list[tuple[int, int]]:
        """Numbers that do not rise: a guest that was started anew, or whose memory went back in time."""
        return [(earlier, later) for earlier, later in pairwise(self.numbers) if later <= earlier]

    @property
    def lost(self) -> list[int]:
        """Numbers that were left out."""
        return sorted(set(range(self.numbers[0], self.numbers[-1])) - set(self.numbers))


@contextmanager
def listening_to_log(log: Path) -> Iterator[Heard]:
    """Hear what is written to a guest's serial log from now on."""
    heard, over = Heard(), threading.Event()

    def listen() -> None:
        with log.open("rb") as file:
            file.seek(0, 2)
            while not over.wait(_LOOK_SECONDS):
                heard.hear(file.read())

    with _thread(listen, over):
        yield heard


@contextmanager
def listening_to_console(convirt: Convirt, vm: str, *options: str) -> Iterator[tuple[Heard, subprocess.Popen[bytes]]]:
    """Hear a `convirt vm console` that is left open, for at most ten minutes; gives its process too."""
    heard = Heard()
    command: Sequence[str] = ("vm", "console", vm, "--timeout", "600", *options)
    with convirt.pipe(*command) as process:
        assert process.stdout is not None
        stream = process.stdout

        def listen() -> None:
            while data := stream.read1(65536):  # type: ignore[attr-defined]
                heard.hear(data)

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield heard, process
        finally:
            process.kill()
            thread.join()


@contextmanager
def _thread(work, over: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
