"""Whether a server runs VMs under QEMU."""

from __future__ import annotations

from convirt_core.platforms import Detection, NodeProxy
from convirt_kvm.acceleration import DEVICE
from convirt_kvm.emulator import find_emulator
from convirt_kvm.prerequisites import DRIVER
from convirt_libvirt.prerequisites import libvirt_socket

_WITH_DEVICE, _WITHOUT, _NOT_RUNNING = 20, 10, 5


def detect(proxy: NodeProxy) -> Detection | None:
    """Look for a QEMU and libvirt's socket. The device only ranks: a Xen server may have QEMU, but no KVM.

    A libvirt that does not run only ranks too: who connects is then told what is missing.
    """
    emulator = find_emulator(proxy)
    if emulator is None:
        return None
    socket = libvirt_socket(proxy, DRIVER.sockets)
    if socket is None:
        return Detection(f"QEMU is {emulator.path}, but libvirt does not run", _NOT_RUNNING)
    return Detection(f"libvirt listens on {socket}, QEMU is {emulator.path}", _rank(proxy))


def _rank(proxy: NodeProxy) -> int:
    return _WITH_DEVICE if proxy.stat(DEVICE) else _WITHOUT
