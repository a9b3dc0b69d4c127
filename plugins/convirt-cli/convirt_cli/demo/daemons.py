"""libvirt's daemons on a machine without systemd, such as a container: started if need be, and ended again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from convirt_cli.demo.kvm_device import open_to_qemu
from convirt_core.errors import OperationFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_cli.demo.undo import Undo

_SYSTEMD = Path("/run/systemd/system")
"""There exactly where systemd is process 1: sd_booted(3)."""

_END_SECONDS = 5.0


@frozen
class Daemon:
    """One daemon.

    :param sockets: paths any of which answers while it, or what does its work, runs
    :param pid_file: that it writes when it is started with `-d`
    """

    name: str
    sockets: tuple[str, ...]
    pid_file: Path

    def answers(self) -> bool:
        """Whether it runs: a socket may be there without a daemon behind it."""
        return any(_accepts(path) for path in self.sockets)


DAEMONS = (
    Daemon("virtlogd", ("/run/libvirt/virtlogd-sock",), Path("/run/virtlogd.pid")),
    Daemon("libvirtd", ("/run/libvirt/libvirt-sock", "/run/libvirt/virtqemud-sock"), Path("/run/libvirtd.pid")),
)
"""In the order of their start: a guest's console is logged by the first."""


def start_missing(say: Callable[[str], None], undo: Undo) -> None:
    """Start the daemons that do not run, unless systemd looks after them.

    :param undo: is told how each one that was started is ended
    :raises OperationFailed: one is not installed or does not start
    """
    if not _SYSTEMD.exists():
        open_to_qemu(say, undo)
    for daemon in DAEMONS:
        if daemon.answers():
            continue
        if _SYSTEMD.exists():
            raise OperationFailed(
                f"{daemon.name} does not run.", remedy=f"Start it: systemctl start {daemon.name}.socket"
            )
        _start(daemon, undo)
        say(f"  started {daemon.name} -d")


def _start(daemon: Daemon, undo: Undo) -> None:
    """Start it. How it is ended is told when it was started by us: not before, it may be another's."""
    program = shutil.which(daemon.name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise OperationFailed(
            f"{daemon.name} is not installed.", remedy="Install libvirt, on Debian: apt install libvirt-daemon-system"
        )
    # In a session of its own, so that Ctrl-C does not end it before what runs under it.
    started = subprocess.run([program, "-d"], capture_output=True, text=True, check=False, start_new_session=True)
    if started.returncode == 0:
        undo.add(partial(_end, daemon))
    if started.returncode != 0 or not _within(_END_SECONDS, daemon.answers):
        raise OperationFailed(f"{daemon.name} did not start: {started.stderr.strip() or 'it does not answer'}.")


def _end(daemon: Daemon) -> None:
    try:
        pid = int(daemon.pid_file.read_text())
        if Path(f"/proc/{pid}/comm").read_text().strip() != daemon.name:
            return  # the file is an old one, and its number another process's by now
        os.kill(pid, signal.SIGTERM)
    except (OSError, ValueError):
        return  # it has ended by itself
    _within(_END_SECONDS, lambda: not Path(f"/proc/{pid}").exists())


def _accepts(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        return probe.connect_ex(path) == 0


def _within(seconds: float, happened: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
