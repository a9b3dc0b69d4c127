"""What a server needs to run VMs under QEMU, looked at piece by piece. Each check is one finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convirt_core.errors import NotFound, OperationFailed
from convirt_core.model import Finding, Severity
from convirt_kvm.acceleration import NOT_ASKED_FOR, Verdict, prove_kvm
from convirt_kvm.emulator import find_emulator, version_of
from convirt_kvm.options import ACCELERATOR, DEFAULTS, TCG
from convirt_libvirt.prerequisites import Driver, check_server, finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.platforms import NodeProxy

DRIVER = Driver("qemu", "QEMU", "libvirt-daemon-driver-qemu", "virtqemud")

_LIBVIRT = "libvirt"
_LOG_SOCKET = "/run/libvirt/virtlogd-sock"
_QEMU_CONF = "/etc/libvirt/qemu.conf"
_OWN_FILES = r"""^\s*stdio_handler\s*=\s*["']file["']"""
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
        *check_server(proxy, DRIVER, options),
        _log_daemon(proxy),
        _memory(proxy),
    ]


def _emulator(proxy: NodeProxy) -> Finding:
    emulator = find_emulator(proxy)
    if emulator:
        return finding("qemu", "QEMU", f"QEMU {version_of(proxy, emulator)} is {emulator.path}.")
    remedy = "Install QEMU for the server's processor (Debian: qemu-system-x86)."
    return finding("qemu", "QEMU", "There is no QEMU.", remedy)


def _acceleration(proxy: NodeProxy, accelerator: str) -> Finding:
    if accelerator == TCG:
        return finding("kvm", "Acceleration", NOT_ASKED_FOR)
    proof = prove_kvm(proxy)
    if proof.verdict is Verdict.WORKS:
        return finding("kvm", "Acceleration", proof.reason)
    return Finding("kvm", "Acceleration", Severity.WARNING, proof.reason, proof.remedy)


def _disk_tool(proxy: NodeProxy) -> Finding:
    for path in _QEMU_IMG:
        if proxy.stat(path):
            return finding("qemu-img", "QEMU", f"{path} is there.")
    remedy = "Install it (Debian: qemu-utils)."
    return finding("qemu-img", "QEMU", "There is no qemu-img to make disks with.", remedy)


def _log_daemon(proxy: NodeProxy) -> Finding:
    """Check for virtlogd, through which QEMU's guests write their logs, unless `stdio_handler` of qemu.conf is file."""
    if proxy.stat(_LOG_SOCKET):
        return finding("virtlogd", _LIBVIRT, "virtlogd keeps the VMs' logs.")
    remedy = "Start it: systemctl start virtlogd, or virtlogd -d."
    try:
        settings = proxy.read_file(_QEMU_CONF).decode(errors="replace")
    except NotFound:
        settings = ""
    except OperationFailed:  # only root may read it
        message = "virtlogd does not run; VMs need it unless qemu.conf says otherwise, which this user cannot read."
        return Finding("virtlogd", _LIBVIRT, Severity.WARNING, message, remedy)
    if re.search(_OWN_FILES, settings, flags=re.MULTILINE):
        return finding("virtlogd", _LIBVIRT, "The VMs write their logs themselves, as qemu.conf says.")
    return finding("virtlogd", _LIBVIRT, "virtlogd does not run; no VM can start without it.", remedy)


def _memory(proxy: NodeProxy) -> Finding:
    available = available_bytes(proxy.read_file("/proc/meminfo").decode("ascii", "replace"))
    message = f"{available >> 20} MiB of memory are available."
    if available >= _LEAST_MEMORY_BYTES:
        return finding("memory", "Memory", message)
    return Finding("memory", "Memory", Severity.WARNING, message, "Stop something, or give the server more.")


def available_bytes(meminfo: str) -> int:
    """Return `MemAvailable` of /proc/meminfo (proc(5); in KiB, whatever it says)."""
    for text in meminfo.splitlines():
        name, _, rest = text.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) << 10
    return 0
