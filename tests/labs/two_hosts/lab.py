"""The lab: two or more hosts and their network, all gone when the process that made them ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Self, TypeVar

from labs.command_line import wait_until
from labs.two_hosts.client import Client, make_key
from labs.two_hosts.host import Host
from labs.two_hosts.keeper import LABS, is_kept, one_at_a_time, start_keeper
from labs.two_hosts.network import FIRST, Network

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
        self.keeper: subprocess.Popen[str] | None = None
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
            keeper = start_keeper(folder, stays=stays)
            lab = cls(folder, Network.create(keeper.pid, len(names)), names)
            lab.keeper = keeper
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

    def __enter__(self) -> Self:
        """A lab that is up, and down after the `with`."""
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.heal()
        finally:
            self.down()

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
        return cls.find(folder) if folder.exists() and is_kept(folder) else None

    def is_up(self) -> bool:
        """Whether the network is there."""
        return is_kept(self.folder)

    def down(self) -> None:
        """End everything that runs in it, and remove its files."""
        with one_at_a_time():  # another process would take it for one that was left
            self.remove()

    def remove(self) -> None:
        """Do so while no other process is allowed to."""
        for host in self.hosts:
            host.switch_off()
        if self.is_up():
            os.kill(self.network.switch, signal.SIGKILL)
            wait_until(lambda: not self.is_up(), "the network is gone")
        if self.keeper:
            self.keeper.wait()
        shutil.rmtree(self.folder)

    # -- faults --------------------------------------------------------------------------------------------------------

    def suffers(self, fault: AbstractContextManager[Value]) -> Value:
        """Begin a fault that lasts until `heal`."""
        return self._faults.enter_context(fault)

    def heal(self) -> None:
        """End every fault that `suffers` began, the last one first."""
        self._faults.close()


def sweep() -> None:
    """Remove what labs left whose process was killed."""
    for folder in LABS.iterdir():
        if not folder.is_dir() or is_kept(folder):
            continue
        try:
            Lab.find(folder).remove()
        except FileNotFoundError:  # it was killed before it had written its file, and so before it had a host
            shutil.rmtree(folder)
