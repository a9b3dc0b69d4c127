"""What integration tests stand on: a libvirtd, a guest that boots in seconds, and a look for what was left behind."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from labs.daemons import running_libvirt
from labs.guest import GuestImage, LabGuest
from labs.needs import GUEST_TOOLS, LIBVIRT_TOOLS, need_namespaces, need_root, need_tools
from labs.remains import clear, remains, remains_on
from labs.two_hosts.host import Host
from labs.two_hosts.lab import Lab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
LAB_TOOLS = ("/usr/sbin/sshd", "ssh", "ssh-keygen", "ip", "ss", "bridge", "tc", "ps", "unshare", "nsenter", "setpriv")
LABS = pytest.StashKey[list[Lab]]()
"""The labs that are up."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Heal the labs before any fixture of the test cleans up: it could not on a server that hangs."""
    for lab in item.session.stash.get(LABS, []):
        lab.heal()


@pytest.fixture(scope="session")
def libvirtd() -> Iterator[None]:
    """The local system libvirtd: one that runs, else one of our own that ends with the tests."""
    need_root()
    need_tools(*LIBVIRT_TOOLS)
    with running_libvirt():
        yield


@pytest.fixture(scope="session")
def mounts() -> None:
    """Skip where even root may not mount, as in a container without that right."""
    need_namespaces()


@pytest.fixture(scope="session")
def prefix() -> str:
    """What the name of everything that these tests make starts with: so it is found when left behind."""
    return f"convirt-test-{os.getpid()}-"


@pytest.fixture(scope="module", autouse=True)
def nothing_remains(request: pytest.FixtureRequest, prefix: str) -> Iterator[None]:
    """Fail where a test module left something on the hypervisor, or anything on the hosts of a lab."""
    yield
    left = remains(prefix)
    for host in (host for lab in request.session.stash.get(LABS, []) for host in lab.hosts):
        left += remains_on(host)
        clear(host)
    if left:
        pytest.fail(f"left behind: {', '.join(left)}")


@pytest.fixture(scope="session")
def two_hosts(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Two servers, `h1` and `h2`, with sshd and libvirtd, in a network with this machine; healed after each test."""
    with running_lab(request.session, "h1", "h2") as lab:
        yield lab


@pytest.fixture(scope="session")
def three_hosts(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The same with `h1`, `h2` and `h3`, in another network."""
    with running_lab(request.session, "h1", "h2", "h3") as lab:
        yield lab


@contextlib.contextmanager
def running_lab(session: pytest.Session, *names: str) -> Iterator[Lab]:
    """A lab, healed after each test and ended in the end."""
    need_root()
    need_tools(*LIBVIRT_TOOLS, *LAB_TOOLS)
    need_namespaces()
    labs = session.stash.setdefault(LABS, [])
    with Lab.up(names, label=f"{os.getpid()}-{len(names)}") as lab:
        labs.append(lab)
        yield lab
        labs.remove(lab)


@pytest.fixture(scope="session")
def lab_folder() -> Iterator[Path]:
    """A folder that QEMU's own user can reach, which pytest's and a home folder are not; gone after the tests."""
    with tempfile.TemporaryDirectory(prefix="convirt-test-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def disk_folder(lab_folder: Path) -> Path:
    """A folder of this test alone, for disks."""
    folder = Path(tempfile.mkdtemp(dir=lab_folder))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def guest_image(lab_folder: Path) -> GuestImage:
    """Kernel and initial ramdisk of the test guest; built once and kept in CONVIRT_LAB_DIR or .lab/."""
    return built_guest(lab_folder)


@pytest.fixture(scope="session")
def hosts_image(lab_folder: Path) -> GuestImage:
    """The same for the hosts of a lab: two libvirtds that run QEMU as different users refuse to share a file."""
    folder = lab_folder / "hosts"
    folder.mkdir(mode=0o755)
    return built_guest(folder)


def built_guest(folder: Path) -> GuestImage:
    """The test guest, copied into a folder."""
    need_tools(*GUEST_TOOLS)
    return GuestImage.build(Path(os.environ.get("CONVIRT_LAB_DIR", ROOT / ".lab")) / "guest", folder)


@pytest.fixture
def make_guest(
    libvirtd: None, guest_image: GuestImage, disk_folder: Path, prefix: str
) -> Iterator[Callable[..., LabGuest]]:
    """`make_guest("name", *words, **settings)`: a guest made with virsh, not yet defined; removed after the test."""
    made = []

    def make(name: str, *words: str, **settings: Any) -> LabGuest:
        made.append(LabGuest(prefix + name, guest_image, disk_folder, words, **settings))
        return made[-1]

    yield make
    for guest in made:
        guest.remove()


@pytest.fixture
def make_guest_on(hosts_image: GuestImage, disk_folder: Path, prefix: str) -> Iterator[Callable[..., LabGuest]]:
    """`make_guest_on(host, "name", *words, **settings)`: the same on a host of a lab."""
    made = []

    def make(host: Host, name: str, *words: str, **settings: Any) -> LabGuest:
        made.append(LabGuest(prefix + name, hosts_image, disk_folder, words, virsh=host.virsh, **settings))
        return made[-1]

    yield make
    for guest in made:
        guest.remove()


@pytest.fixture
def running_guest(make_guest: Callable[..., LabGuest]) -> LabGuest:
    """One guest that is up."""
    guest = make_guest("guest")
    guest.boot()
    return guest
