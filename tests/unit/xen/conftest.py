"""A domain 0 that is made of what a test says of it, and answers as a real one did."""

import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
from labs.invented_dom0 import DB, DOMAIN, HAND, LOG, WEB, holds, works_on

from convirt_core.model import ManagedNode
from convirt_core.platforms import CommandResult, FileEntry
from convirt_xen.vm import DOMAIN_0
from convirt_xen.vmm import XenVMM
from convirt_xen.vnode import XenVNode

SAMPLES = Path(__file__).parents[2] / "data" / "xen"
DRIVER = "/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_libxl.so"


def read_sample(name: str) -> str:
    """What a Xen 4.17 with libvirt 9.0 said."""
    return (SAMPLES / name).read_text()


class FakeProxy:
    """Files with what is in them, and what `xl` answers."""

    def __init__(self) -> None:
        self.files = {
            "/sys/hypervisor/type": "xen\n",
            "/proc/xen/capabilities": "control_d\n",
            DRIVER: "",
            "/run/libvirt/libvirt-sock": "",
            "/run/lock": "",
            "/var/lib": "",
            "/": "",
            LOG: "",
        }
        self.info = CommandResult((), 0, read_sample("xl-info.txt").encode(), b"")
        self.table = CommandResult((), 0, read_sample("xl-list.txt").encode(), b"")
        self.domains = CommandResult((), 0, read_sample("xl-list-l.json").encode(), b"")
        self.disks = self.all_domains = CommandResult((), 0, b"", b"")
        self.user = b"0\n"
        self.free = 1 << 40
        self.ran: list[tuple[str, ...]] = []

    def run(self, argv, *, stdin=b"", timeout_seconds=30.0, folder=None, environment=None, check=None):
        self.ran.append(tuple(argv))
        if argv[0] == "sh":
            if "block-list" in argv[2]:
                return self.disks
            if argv[2].endswith("list -v"):
                return self.all_domains
            return {"info": self.info, "list": self.table, "-l": self.domains}[argv[2].split()[-1]]
        if argv[0] == "tail":
            return CommandResult((), 0, self.files[argv[-1]].encode()[int(argv[2]) - 1 :], b"")
        if argv[0] in {"head", "cat"}:
            return CommandResult((), int(argv[-1] not in self.files), self.files.get(argv[-1], "").encode(), b"")
        return CommandResult((), 0, self.user if argv[0] == "id" else b"", b"")

    def stat(self, path: str) -> FileEntry | None:
        return FileEntry(path, "file", len(self.files[path]), 0.0) if path in self.files else None

    def free_bytes(self, path: str) -> int:
        return self.free

    def connect_unix(self, path: str) -> socket.socket:
        ours, theirs = socket.socketpair()
        theirs.close()
        return ours


@pytest.fixture
def sample():
    return read_sample


@pytest.fixture
def proxy() -> FakeProxy:
    return FakeProxy()


@pytest.fixture
def session(proxy) -> SimpleNamespace:
    return SimpleNamespace(proxy=proxy, lost=lambda reason: None)


@pytest.fixture
def vnode(tmp_path, proxy, session):
    """A connected server with domain 0 and the VMs `web`, a PV guest, and `db`."""
    names = (("Domain-0", DOMAIN_0), ("web", WEB), ("db", DB))
    path = tmp_path / "host.xml"
    path.write_text(f"<node>{''.join(DOMAIN.format(*each) for each in names)}</node>")
    holds(proxy, (2, WEB, "web", "pv", "-b----"), (5, HAND, "hand", "pvh", "--p---"))
    vnode = XenVNode(ManagedNode("id1", "dom0", "xen", options={"uri": f"test://{path}"}), session)
    vnode.connect()
    works_on(vnode)  # of jobs the test driver says nothing
    yield vnode
    vnode.close()


@pytest.fixture
def vmm(vnode) -> XenVMM:
    return XenVMM(vnode)
