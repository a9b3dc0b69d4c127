"""Whatever is done with a server, and however it is reached: one ssh connection with it, and nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from labs.bios_vm import SCREEN, BiosVM
from labs.busy_application import BusyApplication, Work
from labs.cli_here import ConvirtHere
from labs.managed import disk_image
from labs.two_hosts import faults
from labs.two_hosts.client import NO_KEY, PASSPHRASE
from labs.two_hosts.counting import connections, wait_until_quiet
from labs.two_hosts.host import Host
from labs.two_hosts.lab import Lab
from labs.two_hosts.server_files import CLOSED
from labs.two_hosts.watch import watched

from convirt_core.app import Application
from convirt_core.remote import Answer, HostKey, NobodyToAsk
from convirt_core.settings import Settings

pytestmark = [pytest.mark.root, pytest.mark.guest]

SSH = 22
CONSOLES = 10


class Person(NobodyToAsk):
    """Knows the fingerprints of the hosts, and the passphrase of the locked key."""

    def __init__(self, fingerprints: set[str]) -> None:
        self.fingerprints = fingerprints
        self.asked: list[str] = []

    def host_key(self, key: HostKey) -> bool:
        self.asked.append("host key")
        return key.fingerprint in self.fingerprints

    def passphrase(self, path: str) -> Answer:
        self.asked.append("passphrase")
        return Answer(PASSPHRASE)


def fingerprint(host: Host) -> str:
    """What `ssh-keygen -l` says of the host's key."""
    key = host.folder / "etc/ssh/ssh_host_ed25519_key.pub"
    return subprocess.run(["ssh-keygen", "-lf", key], check=True, capture_output=True, text=True).stdout.split()[1]


@pytest.fixture(scope="module")
def vms(two_hosts: Lab, prefix: str) -> Iterator[list[BiosVM]]:
    """Ten that run on the first host, each with something to say; the last one may be anywhere after a test."""
    vms = [BiosVM(f"{prefix}talker{number}") for number in range(CONSOLES)]
    try:
        for vm in vms:
            vm.start_on(two_hosts.h1)
        yield vms
    finally:
        for host in two_hosts.hosts:
            for vm in vms:
                vm.remove_from(host)


@pytest.fixture
def viewed(two_hosts: Lab, prefix: str) -> Iterator[BiosVM]:
    """One with a screen, served as the host is configured now."""
    vm = BiosVM(f"{prefix}viewed", SCREEN)
    try:
        vm.start_on(two_hosts.h1)
        yield vm
    finally:
        vm.remove_from(two_hosts.h1)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A disk with 40 MiB in it."""
    return disk_image(tmp_path_factory.mktemp("image"))


@pytest.fixture(autouse=True)
def nothing_is_open_yet(two_hosts: Lab) -> None:
    wait_until_quiet(two_hosts.hosts)


@pytest.fixture
def person(two_hosts: Lab) -> Person:
    return Person({fingerprint(host) for host in two_hosts.hosts})


@pytest.fixture
def do_everything(
    two_hosts: Lab,
    vms: list[BiosVM],
    viewed: BiosVM,
    image: Path,
    person: Person,
    prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Work]:
    """`do_everything(home, hidden=…)`: add both servers and do all at once, seeing to the connections."""

    def run(home: Path, *, hidden: tuple[Host, ...] = ()) -> Work:
        monkeypatch.setenv("HOME", str(home))
        settings = Settings.load({"CONVIRT_CONFIG": str(tmp_path / "config.toml"), "CONVIRT_DATA": str(tmp_path)})
        source = host_of(two_hosts, vms[-1])
        destination = next(host for host in two_hosts.hosts if host is not source)
        wanted = {host.name: {} if host in hidden else {SSH: 1} for host in two_hosts.hosts}
        with ExitStack() as stack:
            client, between = stack.enter_context(watched()), stack.enter_context(watched(source))
            app = stack.enter_context(Application.open(settings, questions=lambda: person))
            nodes = {host: add_server(app, host) for host in two_hosts.hosts}
            assert {host.name: connections(host) for host in two_hosts.hosts} == wanted
            busy = BusyApplication(app, vms, mover=vms[-1], viewed=viewed)
            work = busy.run(nodes[destination], image, f"{prefix}imaged")
            assert {host.name: connections(host) for host in two_hosts.hosts} == wanted
            assert {host.name: client.connections(host) for host in two_hosts.hosts} == wanted
            with capsys.disabled():
                print(f"\n{said(work)}; {source.name} had with {destination.name}: ", end="")  # noqa: T201  to be read
                print(dict(between.connections(destination)))  # noqa: T201  likewise
        assert host_of(two_hosts, vms[-1]) is destination
        assert sorted(work.heard) == sorted(vm.name for vm in vms)
        assert work.listed >= 2
        return work

    return run


def add_server(app: Application, host: Host):
    pool = next(iter(app.grid.pools()), None) or app.grid.add_pool("lab")
    folders = {"VM_DISKS_DIR": "/srv/busy/vms", "VM_IMAGES_DIR": "/srv/busy/images"}
    pool = app.grid.set_pool_variables(pool, folders)
    return app.grid.add_server(host.name, address=host.name, platform="kvm", pool=pool, options={"accelerator": "tcg"})


def host_of(lab: Lab, vm: BiosVM) -> Host:
    """The one host that runs it."""
    (host,) = [host for host in lab.hosts if host.qemu_processes(vm.name)]
    return host


def said(work: Work) -> str:
    """What was done at once, for who reads the output of the tests."""
    done = ", ".join(f"{what} {seconds} s" for what, seconds in work.seconds.items())
    return f"{done}; {work.listed} listings, {len(work.heard)} consoles, {work.image_bytes >> 20} MiB sent"


def open_ports(host: Host) -> set[int]:
    """The TCP ports that others can reach."""
    listening = (line.split()[3].rpartition(":") for line in host.run("ss", "-Hltn").splitlines())
    return {int(port) for address, _, port in listening if not address.startswith(("127.", "[::1]"))}


def test_the_command_line_adds_servers_by_their_fingerprints(two_hosts: Lab, tmp_path, monkeypatch) -> None:
    home = two_hosts.client.make_home(tmp_path / "home", knows=False)
    monkeypatch.setenv("HOME", str(home))
    convirt = ConvirtHere(tmp_path)
    with watched() as seen:
        for host in two_hosts.hosts:
            convirt.done("server", "add", host.name, "--address", host.name, "--host-key", fingerprint(host))
        assert [seen.connections(host) for host in two_hosts.hosts] == [{SSH: 1}] * 2
    assert len((home / ".ssh/known_hosts").read_text().splitlines()) == 2


def test_the_command_line_adds_a_server_behind_another_by_its_own_fingerprint(
    two_hosts: Lab, tmp_path, monkeypatch
) -> None:
    two_hosts.suffers(faults.hidden_from_client(two_hosts.h2))
    home = two_hosts.client.make_home(tmp_path / "home", knows=False, jumps={"h2": "h1"})
    monkeypatch.setenv("HOME", str(home))
    convirt = ConvirtHere(tmp_path)
    for host in two_hosts.hosts:
        wait_until_quiet(two_hosts.hosts)
        with watched() as seen:
            convirt.done("server", "add", host.name, "--address", host.name, "--host-key", fingerprint(host))
            assert [seen.connections(host) for host in two_hosts.hosts] == [{SSH: 1}, {}]


def test_everything_goes_over_one_connection_with_each_server(two_hosts: Lab, do_everything, person, tmp_path) -> None:
    do_everything(two_hosts.client.make_home(tmp_path / "home", knows=False))
    assert person.asked == ["host key"] * 2


@pytest.fixture(scope="class")
def closed(two_hosts: Lab) -> Iterator[None]:
    """libvirt listens on no port, and screens only on the loopback."""
    with ExitStack() as stack:
        for host in two_hosts.hosts:
            stack.enter_context(faults.set_up(host, CLOSED))
        yield


@pytest.mark.usefixtures("closed")
class TestNothingIsOpenButSsh:
    @pytest.fixture(autouse=True)
    def nothing_is_open(self, two_hosts: Lab, viewed: BiosVM) -> None:
        assert [open_ports(host) for host in two_hosts.hosts] == [{SSH}] * 2

    def test_everything_works(self, two_hosts: Lab, do_everything) -> None:
        assert do_everything(two_hosts.client.home).screen == "127.0.0.1"

    def test_everything_works_with_a_server_behind_the_other(self, two_hosts: Lab, do_everything, tmp_path) -> None:
        two_hosts.suffers(faults.hidden_from_client(two_hosts.h2))
        home = two_hosts.client.make_home(tmp_path / "home", jumps={"h2": "h1"})
        do_everything(home, hidden=(two_hosts.h2,))

    def test_everything_works_with_a_locked_key(self, two_hosts: Lab, do_everything, person, tmp_path) -> None:
        do_everything(two_hosts.client.make_home(tmp_path / "home", key=two_hosts.client.locked_key))
        assert person.asked == ["passphrase"]

    def test_everything_works_with_an_agent(self, two_hosts: Lab, do_everything, tmp_path, monkeypatch) -> None:
        with two_hosts.client.agent() as socket:
            monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
            do_everything(two_hosts.client.make_home(tmp_path / "home", key=NO_KEY))
