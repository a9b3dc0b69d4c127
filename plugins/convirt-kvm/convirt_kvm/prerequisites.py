"""What a server needs to run VMs under QEMU, looked at piece by piece. Each check is one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import Finding, Severity
from convirt_kvm.acceleration import NOT_ASKED_FOR, Verdict, prove_kvm
from convirt_kvm.emulator import find_emulator, version_of
from convirt_kvm.options import ACCELERATOR, DEFAULTS, TCG
from convirt_libvirt.prerequisites import (
    LIBVIRTD_SOCKET,
    check_disk_folder,
    check_libvirt,
    check_lock_folder,
    check_log_daemon,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.platforms import NodeProxy

LIBVIRT_SOCKETS = (LIBVIRTD_SOCKET, "/run/libvirt/virtqemud-sock")
"""Of the one daemon for all, and of the QEMU driver's own (libvirt's docs/daemons.rst)."""

_QEMU_IMG = ("/usr/bin/qemu-img", "/usr/local/bin/qemu-img")
_LEAST_MEMORY_BYTES = 256 << 20


def check_all(proxy: NodeProxy, options: Mapping[str, str | int | bool]) -> list[Finding]:
    """Return a finding for each thing that is needed; what is well is one too.

    :param options: of the server
    """
    return [
        _emulator(proxy),
        _acceleration(proxy, str(options.get(ACCELERATOR) or DEFAULTS[ACCELERATOR])),
        _disk_tool(proxy),
        check_libvirt(proxy, LIBVIRT_SOCKETS),
        check_log_daemon(proxy),
        check_lock_folder(proxy),
        _memory(proxy),
        check_disk_folder(proxy, options),
    ]


def _well(code: str, category: str, message: str) -> Finding:
    return Finding(code, category, Severity.INFO, message)


def _emulator(proxy: NodeProxy) -> Finding:
    emulator = find_emulator(proxy)
    if emulator:
        return _well("qemu", "QEMU", f"QEMU {version_of(proxy, emulator)} is {emulator.path}.")
    remedy = "Install QEMU for the server's processor (Debian: qemu-system-x86)."
    return Finding("qemu", "QEMU", Severity.ERROR, "There is no QEMU.", remedy)


def _acceleration(proxy: NodeProxy, accelerator: str) -> Finding:
    if accelerator == TCG:
        return _well("kvm", "Acceleration", NOT_ASKED_FOR)
    proof = prove_kvm(proxy)
    if proof.verdict is Verdict.WORKS:
        return _well("kvm", "Acceleration", proof.reason)
    return Finding("kvm", "Acceleration", Severity.WARNING, proof.reason, proof.remedy)


def _disk_tool(proxy: NodeProxy) -> Finding:
    for path in _QEMU_IMG:
        if proxy.stat(path):
            return _well("qemu-img", "QEMU", f"{path} is there.")
    remedy = "Install it (Debian: qemu-utils)."
    return Finding("qemu-img", "QEMU", Severity.ERROR, "There is no qemu-img to make disks with.", remedy)


def _memory(proxy: NodeProxy) -> Finding:
    available = available_bytes(proxy.read_file("/proc/meminfo").decode("ascii", "replace"))
    message = f"{available >> 20} MiB of memory are available."
    if available >= _LEAST_MEMORY_BYTES:
        return _well("memory", "Memory", message)
    return Finding("memory", "Memory", Severity.WARNING, message, "Stop something, or give the server more.")


def available_bytes(meminfo: str) -> int:
    """Return `MemAvailable` of /proc/meminfo (proc(5); in KiB, whatever it says)."""
    for text in meminfo.splitlines():
        name, _, rest = text.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) << 10
    return 0
