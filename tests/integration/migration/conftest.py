"""Two servers under management, reached by ssh, and a guest that counts and travels between them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from labs.cli_here import ConvirtHere
from labs.command_line import Convirt, wait_until
from labs.counting_guest import WORD
from labs.guest import GuestImage, LabGuest
from labs.two_hosts.host import Host
from labs.two_hosts.lab import Lab


class Travels:
    """A person's `convirt` with both hosts of a lab.

    :param folder: on both hosts, and here: shared storage
    """

    def __init__(self, lab: Lab, home: Path, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self.here = ConvirtHere(home, guest=True)
        self.here.environment["HOME"] = str(lab.client.home)
        self.convirt = Convirt(home, HOME=str(lab.client.home))

    def hosts_of(self, vm: str) -> list[Host]:
        """The hosts on which a QEMU has a VM: while it moves, two."""
        return [host for host in self.lab.hosts if host.qemu_processes(vm)]

    def host_of(self, vm: str) -> Host:
        """The one host on which QEMU lets a VM run; raises AssertionError unless there is exactly one."""
        hosts = self.hosts_of(vm)
        assert len(hosts) == 1, f"{vm} runs on {[host.name for host in hosts]}"
        return hosts[0]

    def other_than(self, host: Host) -> Host:
        """The other host."""
        return self.lab.h2 if host is self.lab.h1 else self.lab.h1

    def server_of(self, vm: str) -> str:
        """Where `convirt vm list` says that a VM is; raises AssertionError unless it is said once."""
        listed = [one for one in self.here.json("vm", "list")["vms"] if one["name"] == vm]
        assert len(listed) == 1, listed
        return str(listed[0]["server"])

    def migrate(self, vm: str, host: Host, *options: str) -> dict:
        """Migrate a VM, which must succeed; return the answer."""
        return self.here.json("vm", "migrate", vm, "--to", host.name, "--yes", *options)

    def last_task(self) -> dict:
        """The newest task that is no clearing up; before the first, one without a state."""
        tasks = self.here.json("task", "list")["tasks"]
        return next((task for task in tasks if task["kind"] != "clean-up"), {"state": "", "message": ""})


@pytest.fixture(scope="module")
def travels(two_hosts: Lab) -> Iterator[Travels]:
    """Both hosts under management."""
    home = Path(tempfile.mkdtemp(prefix="convirt-travels-"))
    folder = Path(tempfile.mkdtemp(dir=two_hosts.shared))
    travels = Travels(two_hosts, home, folder)
    for host in two_hosts.hosts:
        how = ("--platform", "kvm", "--option", "accelerator=tcg")
        travels.here.done("server", "add", host.name, "--address", host.address, *how)
    yield travels
    shutil.rmtree(home)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def counter(travels: Travels, hosts_image: GuestImage, prefix: str) -> Iterator[LabGuest]:
    """A guest that counts, managed; it boots once and is wherever the test before has left it."""
    guest = LabGuest(f"{prefix}counter", hosts_image, travels.folder, (WORD,), virsh=travels.lab.h1.virsh)
    try:
        guest.boot()
        guest.wait_for(r"lab\.count \d+")
        travels.here.done("vm", "import", guest.name)
        yield guest
    finally:
        for host in travels.lab.hosts:
            LabGuest(guest.name, hosts_image, travels.folder, virsh=host.virsh).remove()


@pytest.fixture
def at_h1(travels: Travels, counter: LabGuest) -> LabGuest:
    """The guest that counts, running on the first host; one that a test before has left on its way arrives first."""
    wait_until(lambda: len(travels.hosts_of(counter.name)) == 1, f"one QEMU runs {counter.name}", within_seconds=45)
    if travels.host_of(counter.name) is not travels.lab.h1:
        travels.migrate(counter.name, travels.lab.h1)
    return counter


@pytest.fixture
def make_stopped(travels: Travels, hosts_image: GuestImage, prefix: str) -> Iterator[Callable[..., LabGuest]]:
    """`make_stopped("name", host=…, devices=…)`: a guest, defined on a host (else the first) and managed; removed."""
    made: list[str] = []

    def make(name: str, *words: str, host: Host | None = None, **settings: object) -> LabGuest:
        host = host or travels.lab.h1
        made.append(f"{prefix}{name}")
        guest = LabGuest(made[-1], hosts_image, travels.folder, words, virsh=host.virsh, **settings)  # type: ignore[arg-type]
        guest.define()
        travels.here.done("vm", "import", f"{host.name}/{guest.name}")
        return guest

    yield make
    for name in made:
        for host in travels.lab.hosts:
            LabGuest(name, hosts_image, travels.folder, virsh=host.virsh).remove()
    for record in travels.here.json("vm", "list")["vms"]:
        assert record["name"] not in made


@pytest.fixture
def has_settled(travels: Travels) -> Callable[[str], None]:
    """`has_settled(vm)`: within 45 s exactly one QEMU runs it, and its count goes on."""

    def check(vm: str) -> None:
        def runs_once() -> bool:
            return sum(len(host.qemu_processes(vm)) for host in travels.lab.hosts) == 1

        wait_until(runs_once, f"exactly one QEMU runs {vm}", within_seconds=45)

    return check
