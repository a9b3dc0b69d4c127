"""The lab: two or more hosts and their network, all gone when the process that made them ends."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from labs.command_line import wait_until
from labs.two_hosts.client import Client, make_key
from labs.two_hosts.host import DIES_WITH_US, Host
from labs.two_hosts.network import FIRST, Network

LABS = Path("/var/tmp/convirt-labs")
"""Every lab has a folder in here; the paths in it are short enough for the names of sockets (107 characters)."""
Value = TypeVar("Value")


class Lab:
    """Hosts in network namespaces.

    :param folder: holds all its files: `lab.json`, `lock`, `hosts/NAME/…`, `client/…`, `shared/`
    """

    def __init__(self, folder: Path, network: Network, names: Sequence[str]) -> None:
        self.folder = folder
        self.network = network
        self.hosts = [
            Host(name, folder / "hosts" / name, network, last) for last, name in enumerate(names, start=FIRST)
        ]
        self.client = Client(folder / "client", self.hosts)
        self.holder: subprocess.Popen[str] | None = None
        self._faults = ExitStack()

    def __getitem__(self, name: str) -> Host:
        """The host of this name."""
        return next(host for host in self.hosts if host.name == name)

    @property
    def h1(self) -> Host:
        """The first host."""
        return self.hosts[0]

    @property
    def h2(self) -> Host:
        """The second host."""
        return self.hosts[1]

    @property
    def shared(self) -> Path:
        """A folder that is at this path on every host and on this machine: shared storage."""
        return self.folder / "shared"

    # -- up and down ---------------------------------------------------------------------------------------------------

    @classmethod
    def up(cls, names: Sequence[str] = ("h1", "h2"), *, label: str = "", stays: bool = False) -> Lab:
        """Make a lab and wait until it works.

        :param label: the name of its folder; a process has one lab without
        :param stays: it lives on when the process that runs this ends
        """
        with one_at_a_time():
            sweep()
            folder = LABS / (label or str(os.getpid()))
            folder.mkdir()
            holder = hold_network(folder, stays=stays)
            lab = cls(folder, Network.create(holder.pid, len(names)), names)
            lab.holder = holder
            lab.write_down()
        try:
            lab.furnish()
            for host in lab.hosts:
                host.switch_on(stays=stays)
            lab.each(Host.boot)
        except BaseException:
            lab.down()
            raise
        return lab

    def furnish(self) -> None:
        """Make the files of the client and of the hosts."""
        self.shared.mkdir()
        self.client.prepare()
        addresses = {host.name: host.address for host in self.hosts}
        self.each(lambda host: host.furnish(addresses))
        for host in self.hosts:
            make_key(host.folder / "etc/ssh/ssh_host_ed25519_key")
            self.client.is_let_in(host)
        self.client.learn()

    def each(self, do: Callable[[Host], None]) -> None:
        """Do something with all hosts at once."""
        with ThreadPoolExecutor(len(self.hosts)) as threads:
            list(threads.map(do, self.hosts))

    def write_down(self) -> None:
        """Write what `find` needs."""
        names = [host.name for host in self.hosts]
        what = {"number": self.network.number, "switch": self.network.switch, "names": names}
        (self.folder / "lab.json").write_text(json.dumps(what))

    @classmethod
    def find(cls, folder: Path) -> Lab:
        """The lab of a folder, up or not; raises FileNotFoundError."""
        what = json.loads((folder / "lab.json").read_text())
        return cls(folder, Network(what["number"], what["switch"], len(what["names"])), what["names"])

    @classmethod
    def find_up(cls, label: str) -> Lab | None:
        """The lab of a label, if it is up."""
        folder = LABS / label
        return cls.find(folder) if folder.exists() and is_held(folder) else None

    def is_up(self) -> bool:
        """Whether the network is there."""
        return is_held(self.folder)

    def down(self) -> None:
        """End everything that runs in it, and remove its files."""
        for host in self.hosts:
            host.switch_off()
        if self.is_up():
            os.kill(self.network.switch, signal.SIGKILL)
            wait_until(lambda: not self.is_up(), "the network is gone")
        if self.holder:
            self.holder.wait()
        shutil.rmtree(self.folder)

    # -- faults --------------------------------------------------------------------------------------------------------

    def suffers(self, fault: AbstractContextManager[Value]) -> Value:
        """Begin a fault that lasts until `heal`."""
        return self._faults.enter_context(fault)

    def heal(self) -> None:
        """End every fault that `suffers` began, the last one first."""
        self._faults.close()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Only one process of the machine at a time is in here."""
    LABS.mkdir(exist_ok=True)
    with (LABS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def hold_network(folder: Path, *, stays: bool) -> subprocess.Popen[str]:
    """Start the process that holds the lab's network, and the lock of its folder."""
    wait = ("unshare", "--net", "sh", "-c", "echo ready; exec sleep infinity")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [*(() if stays else DIES_WITH_US), *wait],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it outlives who waits for the end of this command's output
            text=True,
            pass_fds=[lock.fileno()],
            start_new_session=True,
        )
    assert process.stdout is not None
    with process.stdout as said:
        assert said.readline() == "ready\n", "no network namespace can be made"
    return process


def is_held(folder: Path) -> bool:
    """Whether the process that holds a lab's network lives: a lock lasts as long as a process has the file open."""
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def sweep() -> None:
    """Remove what labs left whose process was killed."""
    for folder in LABS.iterdir():
        if not folder.is_dir() or is_held(folder):
            continue
        try:
            Lab.find(folder).down()
        except FileNotFoundError:  # it was killed before it had written its file, and so before it had a host
            shutil.rmtree(folder)
