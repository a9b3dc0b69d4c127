"""The libvirt daemons of this machine, for as long as tests need them.

Those that run already are used and left alone; where none runs (no systemd is process 1) they are started by hand and
ended again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from convirt_cli.demo.kvm_device import open_to_qemu
from convirt_cli.demo.undo import Undo

if TYPE_CHECKING:
    from collections.abc import Iterator

SOCKET = Path("/run/libvirt/libvirt-sock")


@contextlib.contextmanager
def running_libvirt() -> Iterator[None]:
    """A libvirtd that answers on the system socket; what this started is ended."""
    Path("/run/lock").mkdir(exist_ok=True)  # libvirt keeps the locks of consoles there
    started: list[str] = []
    with usable_kvm_device():
        try:
            if not answers():
                start_missing(started)
            yield
        finally:
            for daemon in reversed(started):
                end(daemon)


def start_missing(started: list[str]) -> None:
    """Start the daemons that do not run, in their order, and note each in `started`."""
    for daemon in ("virtlogd", "libvirtd"):
        if not running(daemon):
            subprocess.run([daemon, "-d"], check=True, timeout=60)
            started.append(daemon)


def answers() -> bool:
    """Whether a libvirtd serves the system socket."""
    if not SOCKET.exists():
        return False
    asked = ["virsh", "--connect", "qemu:///system", "--readonly", "version"]
    return subprocess.run(asked, capture_output=True, check=False, timeout=60).returncode == 0


def process_of(daemon: str) -> int | None:
    """The process id in the daemon's pid file, if that process is the daemon."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        pid = int(Path(f"/run/{daemon}.pid").read_text())
        process = Path(f"/proc/{pid}")
        # an ended one that nobody has collected, as where a container's first process does not, has no command line
        if (process / "comm").read_text().strip() == daemon and (process / "cmdline").read_bytes():
            return pid
    return None


def running(daemon: str) -> bool:
    """Whether the daemon runs."""
    return process_of(daemon) is not None


def end(daemon: str, within_seconds: float = 20) -> None:
    """Ask the daemon to end, and kill it if it does not."""
    deadline = time.monotonic() + within_seconds
    how = signal.SIGTERM
    while pid := process_of(daemon):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        time.sleep(0.1)
        if time.monotonic() > deadline:
            how = signal.SIGKILL


@contextlib.contextmanager
def usable_kvm_device() -> Iterator[None]:
    """Let QEMU's user open /dev/kvm where udev did not run, as the demonstration does."""
    undo = Undo()
    open_to_qemu(lambda _: None, undo)
    try:
        yield
    finally:
        undo.run()
