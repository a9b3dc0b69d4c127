"""What is said when the way to a real libvirtd is cut, in the middle or at all."""

import contextlib
import select
import socket
import threading
import time

import pytest
from labs.daemons import SOCKET

from convirt_core.errors import OutcomeUnknown, ServerUnavailable
from convirt_core.model import ManagedNode
from convirt_libvirt.vmm import LibvirtVMM

pytestmark = pytest.mark.root
KEEP_ALIVE_ENDS_SECONDS = 12


class Wire:
    """A socket that is passed on to libvirtd's own, until it falls silent or is cut."""

    def __init__(self, path):
        self.path = path
        self._silent = threading.Event()
        self._pairs = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self):
        return f"qemu+unix:///system?socket={self.path}"

    def fall_silent(self):
        self._silent.set()

    def cut(self):
        for end in (end for pair in self._pairs for end in pair):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listener.close()
        self.cut()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(SOCKET))
                self._pairs.append((near, far))
                threading.Thread(target=self._pass_on, args=(near, far), daemon=True).start()

    def _pass_on(self, near, far):
        with near, far, contextlib.suppress(OSError):
            while not self._silent.is_set():
                for ready in select.select([near, far], [], [], 0.05)[0]:
                    if not (data := ready.recv(65536)):
                        return
                    (far if ready is near else near).sendall(data)
            while near.fileno() >= 0:
                time.sleep(0.1)


@pytest.fixture
def wire(libvirtd, tmp_path):
    wire = Wire(tmp_path / "wire")
    yield wire
    wire.close()


@pytest.fixture
def far(wire, vnode):
    """A second way to the same server, over the wire."""
    far = type(vnode)(ManagedNode("id2", "far", "kvm", options={"uri": wire.uri}), type(vnode.session)())
    far.connect()
    yield far
    far.close()


@pytest.fixture
def defined(make_guest, vnode):
    """The key of a VM that is defined and stopped."""
    guest = make_guest("lv-far")
    guest.define()
    return vnode.connection.handle.lookupByName(guest.name).UUIDString()


def test_a_server_that_falls_silent_is_given_up_and_reported(far, wire):
    wire.fall_silent()
    begin = time.monotonic()
    with pytest.raises(ServerUnavailable, match="far"):
        far.vms()
    assert time.monotonic() - begin < KEEP_ALIVE_ENDS_SECONDS + 3
    assert far.session.reasons


def test_a_silent_server_is_closed_without_waiting_for_it(far, wire):
    far.metric_snapshot()
    wire.fall_silent()
    begin = time.monotonic()
    far.close()
    assert time.monotonic() - begin < 2


def test_a_cut_wire_is_reported_without_a_call_and_the_server_can_be_connected_again(far, wire, becomes):
    wire.cut()
    assert becomes(lambda: far.session.reasons)
    with pytest.raises(ServerUnavailable):
        far.vms()
    far.connect()
    assert isinstance(far.vms(), list)


def test_a_change_whose_answer_is_lost_has_an_unknown_outcome(far, wire, defined, vnode, monkeypatch):
    vmm = LibvirtVMM(far)

    class Domain:
        """Cuts the wire between the request and its answer."""

        def __init__(self, domain):
            self._domain = domain

        def setAutostart(self, enabled):  # noqa: N802  libvirt's name
            wire.fall_silent()
            self._domain.setAutostart(enabled)

        def __getattr__(self, name):
            return getattr(self._domain, name)

    find = vmm.find
    monkeypatch.setattr(vmm, "find", lambda key, handle=None: Domain(find(key, handle)))
    with pytest.raises(OutcomeUnknown, match="broke while it was asked to set autostart"):
        vmm.set_autostart(defined, enabled=True)
    assert vnode.vm(defined).key == defined  # another way to the server still works
