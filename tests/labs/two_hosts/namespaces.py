"""The namespaces of a host: what holds them, what runs in them, and their end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from labs.command_line import wait_until
from labs.commands import answer_of

BOOT = Path(__file__).with_name("boot.sh")
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")
UNSHARE = ("unshare", "--mount", "--uts", "--net", "--pid", "--fork", "--kill-child")
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}


@dataclass(frozen=True)
class Process:
    """A process of a host; `pid` is its number there."""

    pid: int
    name: str
    words: str


class Namespaces:
    """Mounts, processes, host name and network of one host.

    :param name: its host name
    :param folder: holds the folders that are its own, `boot.log`, and `pid`: the process that holds the namespaces
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """The process that holds the namespaces; raises FileNotFoundError before there was one."""
        return int((self.folder / "pid").read_text())

    def switch_on(self, *, stays: bool = False) -> None:
        """Begin the first process, without waiting for it.

        :param stays: it lives on when the process that runs this ends
        """
        for volatile, mode in (("run", 0o755), ("tmp", 0o1777)):
            shutil.rmtree(self.folder / volatile, ignore_errors=True)
            (self.folder / volatile).mkdir()
            (self.folder / volatile).chmod(mode)
        with (self.folder / "boot.log").open("w") as log:
            self._process = subprocess.Popen(
                [*(() if stays else DIES_WITH_US), *UNSHARE, "sh", BOOT, self.folder, self.name],
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        (self.folder / "pid").write_text(str(self._process.pid))

    def wait_until_on(self) -> None:
        """Wait until the first process has made the mounts; raises AssertionError with what it says."""
        assert self._process is not None
        assert self._process.stdout is not None
        with self._process.stdout as said:
            assert said.readline() == "ready\n", f"{self.name} did not boot: {(self.folder / 'boot.log').read_text()}"

    def switch_off(self) -> None:
        """Pull the plug: everything on it ends at once, VMs too; what it wrote stays."""
        if not self.is_on():
            return
        # the holder of the namespaces ends when all in them have ended, which the end of the first process brings about
        first = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        os.kill(int(first[0]) if first else self.pid, signal.SIGKILL)
        if self._process:
            self._process.wait()
        wait_until(lambda: not self.is_on(), f"{self.name} is off")

    def is_on(self) -> bool:
        """Whether the holder is there; another process that has its number by now is not mistaken for it."""
        try:
            words = Path(f"/proc/{self.pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return bytes(self.folder) in words

    # -- what runs in them ---------------------------------------------------------------------------------------------

    def within(self) -> tuple[str, ...]:
        """The words before a command that run it on the host, as root and past the network."""
        pid = self.pid
        spaces = (f"--target={pid}", "--mount", "--uts", "--net", f"--pid=/proc/{pid}/ns/pid_for_children", "--root")
        return ("nsenter", *spaces, "--")

    def begin(self, *command: str | Path) -> subprocess.Popen[str]:
        """Start a command on the host, with pipes to all its streams.

        What is returned waits for it: to end the command, send a `signal` to its process on the host.
        """
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*self.within(), *command], env=ENVIRONMENT, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )

    def run(self, *command: str | Path, says: str = "", within_seconds: float = 60) -> str:
        """What a command on the host answers; raises CalledProcessError that has what it complains of as a note."""
        there = [*self.within(), *command]
        return answer_of(there, on=self.name, says=says, within_seconds=within_seconds, environment=ENVIRONMENT)

    def processes(self) -> list[Process]:
        """What runs on the host."""
        lines = self.run("ps", "-e", "-ww", "-o", "pid=,comm=,args=").splitlines()
        return [Process(int(pid), name, words) for pid, name, words in (line.split(None, 2) for line in lines)]

    def signal(self, how: signal.Signals, *processes: Process) -> None:
        """Send a signal to processes of the host. One that has ended since it was seen needs none."""
        numbers = [str(process.pid) for process in processes]
        if numbers:
            self.run("sh", "-c", 'kill "$@" || true', "kill", f"-{how.name.removeprefix('SIG')}", *numbers)
