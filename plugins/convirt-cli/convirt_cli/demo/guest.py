"""The demonstration's guest: building it, and reading what it says."""

from __future__ import annotations

import subprocess
import sys
import time
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from convirt_core.errors import NotDone, OperationFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.platforms import SerialConsole

HERE = Path(str(resources.files(__package__)))
TEMPLATE = HERE / "vm_conf.template"

_POLL_SECONDS = 0.1
_END_SECONDS = 5.0
_READ_SECONDS = 0.5


def build(folder: Path, check: Callable[[], None]) -> None:
    """Build kernel (`vmlinux`) and ramdisk (`initrd.img`) from Debian packages, unless they are there already.

    :param check: is called now and then; what it raises ends the building
    :raises OperationFailed: the script's own words have been shown
    """
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(["sh", str(HERE / "make-guest.sh"), str(folder)], stdout=sys.stderr)
    try:
        while process.poll() is None:
            check()
            time.sleep(_POLL_SECONDS)
    except BaseException:
        process.terminate()  # the script then removes what it had begun
        process.wait(timeout=_END_SECONDS)
        raise
    check()  # Ctrl-C on a terminal reaches the script too
    if process.returncode != 0:
        raise OperationFailed("The guest could not be built.", remedy="See what make-guest.sh said above.")


class Listener:
    """Reads a console until the guest has said something.

    :param check: is called now and then; what it raises ends the wait
    """

    def __init__(self, console: SerialConsole, check: Callable[[], None]) -> None:
        self._console = console
        self._check = check
        self._said = b""

    def wait_for(self, words: str, *, seconds: float) -> str:
        """Return the line with these words.

        :raises NotDone: it did not come in time, or the console ended
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            line = self._line_with(words.encode())
            if line is not None:
                return line
            self._check()
            data = self._console.read(timeout_seconds=_READ_SECONDS)
            if data is None:
                raise NotDone(f"The guest ended without {words!r}; its last line: {self._last_line!r}.")
            self._said += data
        raise NotDone(f"The guest did not say {words!r} within {seconds:.0f} s; its last line: {self._last_line!r}.")

    @property
    def _last_line(self) -> str:
        return "".join(self._said.decode(errors="replace").strip().splitlines()[-1:])

    def _line_with(self, words: bytes) -> str | None:
        """Return the first whole line that has the words, and forget what came before its end."""
        at = self._said.find(words)
        end = self._said.find(b"\n", at)
        if at < 0 or end < 0:
            return None
        line = self._said[self._said.rfind(b"\n", 0, at) + 1 : end]
        self._said = self._said[end + 1 :]
        return line.decode(errors="replace").strip()
