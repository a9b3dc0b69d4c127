"""Whether a server runs VMs under QEMU."""

from __future__ import annotations

from convirt_core.platforms import Detection, NodeProxy
from convirt_kvm.acceleration import DEVICE
from convirt_kvm.emulator import find_emulator
from convirt_kvm.prerequisites import LIBVIRT_SOCKETS
from convirt_libvirt.prerequisites import libvirt_socket

_WITH_DEVICE, _WITHOUT = 20, 10


def detect(proxy: NodeProxy) -> Detection | None:
    """Look for libvirt's socket and a QEMU. The device only ranks: a Xen server may have QEMU, but no KVM."""
    socket = libvirt_socket(proxy, LIBVIRT_SOCKETS)
    emulator = find_emulator(proxy) if socket else None
    if emulator is None:
        return None
    return Detection(f"libvirt listens on {socket}, QEMU is {emulator.path}", _rank(proxy))


def _rank(proxy: NodeProxy) -> int:
    return _WITH_DEVICE if proxy.stat(DEVICE) else _WITHOUT
