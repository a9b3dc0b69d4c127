"""Whether a server is Xen's domain 0."""

from __future__ import annotations

from convirt_core.platforms import Detection, NodeProxy
from convirt_libvirt.prerequisites import run_if_there

_RANK = 30
"""Above every platform of QEMU's: domain 0 may have one, for screens and for HVM guests."""

HYPERVISOR = "/sys/hypervisor/type"
CAPABILITIES = "/proc/xen/capabilities"
_CONTROL = "control_d"


def detect(proxy: NodeProxy) -> Detection | None:
    """Say yes to domain 0; a guest of Xen's has the same files and not the control."""
    return Detection("it is the domain 0 of a Xen", _RANK) if runs_xen(proxy) and is_control_domain(proxy) else None


def runs_xen(proxy: NodeProxy) -> bool:
    """Whether the server's system runs on Xen. Raises `ServerUnavailable`."""
    return run_if_there(proxy, "cat", HYPERVISOR).text == "xen" or proxy.stat("/proc/xen") is not None


def is_control_domain(proxy: NodeProxy) -> bool:
    """Whether it is the one that controls the others."""
    return _CONTROL in run_if_there(proxy, "cat", CAPABILITIES).text
