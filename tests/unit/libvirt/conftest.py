"""A server of libvirt's test driver, one for each test, and what a platform is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import libvirt
import pytest
from attrs import define, field

from convirt_core.model import ManagedNode
from convirt_core.platforms import FileEntry
from convirt_libvirt.test_platform import InventedVNode
from convirt_libvirt.vmm.invented import InventedVMM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOMAIN = """<domain type='test'><name>{name}</name><uuid>{uuid}</uuid><memory unit='MiB'>512</memory>
<currentMemory unit='MiB'>256</currentMemory><vcpu>2</vcpu><os><type>hvm</type></os></domain>"""


@define
class LocalFiles:
    """As much of a `NodeProxy` as saving a VM needs."""

    def stat(self, path: str) -> FileEntry | None:
        return FileEntry(Path(path).name, "file", 0, 0.0) if Path(path).exists() else None

    def remove_file(self, path: str) -> None:
        Path(path).unlink(missing_ok=True)


@define
class RecordingSession:
    """A `NodeSession` that notes when a connection is reported lost."""

    proxy: LocalFiles = field(factory=LocalFiles)
    reasons: list[str] = field(factory=list)

    def lost(self, reason: str) -> None:
        self.reasons.append(reason)


@pytest.fixture
def session() -> RecordingSession:
    return RecordingSession()


@pytest.fixture
def host_with(tmp_path: Path) -> Callable[..., str]:
    """Write the file of a test host with VMs of these names, running at first; return its URI."""

    def write(*names: str) -> str:
        domains = (DOMAIN.format(name=name, uuid=uuid_of(name)) for name in names)
        path = tmp_path / "host.xml"
        path.write_text(f"<node>{''.join(domains)}<cpu><mhz>1000</mhz></cpu></node>")
        return f"test://{path}"

    return write


def uuid_of(name: str) -> str:
    """The key of a VM that `host_with` made."""
    return f"{name.encode().hex():0<8.8}-0000-4000-8000-000000000000"


@pytest.fixture
def vnode(session, host_with) -> Iterator[InventedVNode]:
    """A connected server with the VMs `web` and `db`."""
    node = ManagedNode("id1", "host1", "test", options={"uri": host_with("web", "db")})
    vnode = InventedVNode(node, session)
    vnode.connect()
    yield vnode
    vnode.close()


@pytest.fixture
def vmm(vnode) -> InventedVMM:
    return InventedVMM(vnode)


@pytest.fixture
def web() -> str:
    """The key of the VM `web`."""
    return uuid_of("web")


@pytest.fixture
def libvirt_error() -> Callable[..., libvirt.libvirtError]:
    """Make an error as libvirt raises it."""

    def make(code: int, domain: int = libvirt.VIR_FROM_QEMU, message: str = "it said no") -> libvirt.libvirtError:
        error = libvirt.libvirtError("call failed")
        error.err = (code, domain, message, libvirt.VIR_ERR_ERROR, "", "", "", 0, 0)
        return error

    return make
