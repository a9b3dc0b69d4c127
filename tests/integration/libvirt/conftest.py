"""The shared libvirt parts on this machine's QEMU driver, as a platform would put them together."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

import pytest
from attrs import define, field
from labs.guest import LabGuest

from convirt_core.model import Capability, ManagedNode, VMState
from convirt_core.remote import LocalProxy
from convirt_kvm.capabilities import QEMU_CAPABILITIES
from convirt_libvirt.vmm import LibvirtVMM
from convirt_libvirt.vnode import LibvirtVNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convirt_core.platforms import SerialConsole


class QemuVNode(LibvirtVNode):
    """This machine."""

    default_uri: ClassVar[str] = "qemu:///system"
    possible: ClassVar[frozenset[Capability]] = QEMU_CAPABILITIES


@define
class Session:
    """A `NodeSession` that notes when a connection is reported lost."""

    proxy: LocalProxy = field(factory=LocalProxy)
    reasons: list[str] = field(factory=list)

    def lost(self, reason: str) -> None:
        self.reasons.append(reason)


@pytest.fixture
def vnode(libvirtd) -> Iterator[QemuVNode]:
    vnode = QemuVNode(ManagedNode("id1", "host1", "kvm"), Session())
    vnode.connect()
    yield vnode
    vnode.close()


@pytest.fixture
def vmm(vnode) -> LibvirtVMM:
    return LibvirtVMM(vnode)


@define
class Running:
    """A guest that is up, with its key."""

    guest: LabGuest
    key: str


@pytest.fixture
def boot(make_guest, vnode) -> Callable[..., Running]:
    """`boot("name", *words, **settings)`: a guest that is up."""

    def boot(name: str, *words: str, **settings: object) -> Running:
        guest = make_guest(f"lv-{name}", *words, **settings)
        guest.boot()
        return Running(guest, vnode.connection.handle.lookupByName(guest.name).UUIDString())

    return boot


@pytest.fixture(scope="module")
def shared_guest(libvirtd, guest_image, lab_folder, prefix) -> Iterator[LabGuest]:
    """A guest that is up, for all tests of a module that leave it as it was."""
    guest = LabGuest(f"{prefix}lv-shared", guest_image, lab_folder)
    try:
        guest.boot()
        yield guest
    finally:
        guest.remove()


@pytest.fixture
def shared(shared_guest, vnode) -> Running:
    """It, with its key."""
    return Running(shared_guest, vnode.connection.handle.lookupByName(shared_guest.name).UUIDString())


@pytest.fixture
def running(boot) -> Running:
    """One guest that is up."""
    return boot("guest")


@pytest.fixture
def reaches(vnode, becomes) -> Callable[..., bool]:
    """`reaches(key, state)`: whether the VM comes into the state within some seconds."""

    def reaches(key: str, state: VMState, seconds: float = 30) -> bool:
        return becomes(lambda: vnode.vm(key).state is state, seconds)

    return reaches


@pytest.fixture
def becomes() -> Callable[..., bool]:
    """`becomes(holds)`: whether something comes true within some seconds."""

    def becomes(holds: Callable[[], bool], seconds: float = 30) -> bool:
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    return becomes


@define
class Terminal:
    """A person at a serial console."""

    console: SerialConsole

    def expect(self, text: str, seconds: float = 30) -> str:
        """Read until `text` has come; return all that came."""
        said, deadline = b"", time.monotonic() + seconds
        while text.encode() not in said:
            piece = self.console.read(timeout_seconds=1)
            assert piece is not None, f"the line ended before {text!r}: {said[-500:]!r}"
            assert time.monotonic() < deadline, f"no {text!r} in {said[-500:]!r}"
            said += piece
        return said.decode(errors="replace")

    def answer(self, command: str) -> str:
        """Type a command of the guest's shell; return what it prints, and the echo."""
        self.console.write(f"{command}; echo do''ne\n".encode())
        return self.expect("done")


@pytest.fixture
def terminal(vmm) -> Iterator[Callable[[str], Terminal]]:
    """`terminal(key)`: somebody at the console of a VM, until the test ends."""
    consoles = []

    def open_terminal(key: str) -> Terminal:
        consoles.append(vmm.open_serial_console(key))
        return Terminal(consoles[-1])

    yield open_terminal
    for console in consoles:
        console.close()
