"""The lab: a Xen server in QEMU, its life, and how it is found again."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from labs.command_line import wait_until
from labs.two_hosts.keeper import is_kept, one_at_a_time
from labs.two_hosts.namespaces import DIES_WITH_US
from labs.xen.dom0 import Dom0
from labs.xen.machine import Machine, built

LABS = Path("/var/tmp/convirt-xen-labs")
"""Every lab has a folder in here; the paths in it are short enough for the names of sockets (107 characters)."""
PEOPLE = "people"
"""The lab that `nox -s xen-lab -- up` starts."""
BOOT_SECONDS = 180
READY = "\nLAB-DOM0-READY"
FAILED = "\nLAB-DOM0-FAILED"


class XenLab(Dom0):
    """One Xen server.

    :param folder: holds `lab.json`, `lock`, `pid`, `console.log`, `qemu.log` and `home/`
    :param stays: it lives on when the process that starts it ends; else the thread that starts it has to go on
    """

    def __init__(self, folder: Path, machine: Machine, *, stays: bool = False) -> None:
        super().__init__(machine.name, folder)
        self.machine = machine
        self.stays = stays
        self.console = folder / "console.log"
        self._process: subprocess.Popen[bytes] | None = None

    # -- up and down ---------------------------------------------------------------------------------------------------

    @classmethod
    def up(
        cls, label: str = "", *, port: int = 0, number: int = 1, is_linked: bool = False, stays: bool = False
    ) -> XenLab:
        """Make a lab and wait until its sshd and libvirtd answer. Building it comes first, where that is needed.

        :param label: the name of its folder; a process has one lab without
        :param port: of 127.0.0.1, for ssh; 0 takes a free one
        :param number, is_linked: see `Machine`
        """
        built()  # which takes a minute, and nobody else is to wait for it
        with one_at_a_time():
            sweep()
            machine = Machine(port or free_port(), number, is_linked)
            lab = cls(LABS / (label or str(os.getpid())), machine, stays=stays)
            lab.folder.mkdir(parents=True)
            lab.switch_on()
        try:
            lab.wait_until_ready()
        except BaseException as error:
            error.add_note(lab.console.read_text(errors="replace")[-2000:])
            lab.down()
            raise
        return lab

    def __enter__(self) -> Self:
        """A lab that is up, and down after the `with`."""
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    @classmethod
    def find(cls, folder: Path) -> XenLab:
        """The lab of a folder, on or not; raises FileNotFoundError."""
        what = json.loads((folder / "lab.json").read_text())
        stays = what.pop("stays")
        return cls(folder, Machine(**what), stays=stays)

    @classmethod
    def find_up(cls, label: str = PEOPLE) -> XenLab | None:
        """The lab of a label, if it is on."""
        folder = LABS / label
        return cls.find(folder) if folder.exists() and is_kept(folder) else None

    def down(self) -> None:
        """End it, and remove its files."""
        with one_at_a_time():
            self.stop()
            shutil.rmtree(self.folder)

    # -- its power -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it as a new server, with the port and the keys it had, and wait until sshd and libvirtd answer."""
        self.switch_on()
        self.wait_until_ready()

    def switch_on(self) -> None:
        """Begin it without waiting for it."""
        keys = built()
        self.folder.mkdir(exist_ok=True)  # what ends between `stop` and `start` of another process may be swept
        (self.folder / "lab.json").write_text(json.dumps({**asdict(self.machine), "stays": self.stays}))
        self.make_home(self.machine.port, keys)
        self.console.write_text("")
        with (self.folder / "lock").open("w") as lock, (self.folder / "qemu.log").open("w") as log:
            fcntl.flock(lock, fcntl.LOCK_EX)
            begin = self._as_nobodys_child if self.stays else self._as_ours
            begin(
                self.machine.command(self.console),
                cwd=keys,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock.fileno()],  # the lock lasts for as long as QEMU lives
                start_new_session=True,
            )

    def _as_ours(self, command: list[str], **where: Any) -> None:
        """Run a command that ends when this process does."""
        self._process = subprocess.Popen([*DIES_WITH_US, *command], **where)
        (self.folder / "pid").write_text(str(self._process.pid))

    def _as_nobodys_child(self, command: list[str], **where: Any) -> None:
        """Run a command that lives on."""
        subprocess.run(["sh", "-c", '"$@" & echo $! > "$0"', self.folder / "pid", *command], check=True, **where)

    def wait_until_ready(self) -> None:
        """Wait until sshd and libvirtd answer; raises AssertionError."""
        wait_until(self._has_booted, f"{self.name} is ready", BOOT_SECONDS)
        self.virsh("version")

    def _has_booted(self) -> bool:
        said = self.console.read_text(errors="replace")
        assert FAILED not in said, f"libvirt of {self.name} did not start"
        assert self.is_on(), f"QEMU has ended: {(self.folder / 'qemu.log').read_text()}"
        return READY in said

    @property
    def pid(self) -> int:
        """QEMU's process."""
        return int((self.folder / "pid").read_text())

    def is_on(self) -> bool:
        """Whether QEMU runs."""
        return self.folder.exists() and is_kept(self.folder)

    def stop(self) -> None:
        """Pull the plug: everything on it is gone, also its files."""
        if self.is_on():
            os.kill(self.pid, signal.SIGKILL)
        if self._process:
            self._process.wait()
        wait_until(lambda: not self.is_on(), f"{self.name} is off")


@contextmanager
def running_xen() -> Iterator[XenLab]:
    """The lab that people have started, cleared of domains; else one of our own, ended again. Two at once are slow.

    CONVIRT_XEN_LAB has the label of another one that is up.
    """
    if lab := XenLab.find_up(os.environ.get("CONVIRT_XEN_LAB", PEOPLE)):
        lab.clear()
        yield lab
        return
    with XenLab.up() as lab:
        yield lab


def sweep() -> None:
    """Remove what labs left whose process was killed."""
    for folder in LABS.glob("*"):
        if not is_kept(folder):
            shutil.rmtree(folder)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
