"""What a server needs to run VMs under QEMU, looked at piece by piece. Each check is one finding."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from convirt_core.errors import NotFound, OperationFailed
from convirt_core.model import Finding, Severity
from convirt_kvm.acceleration import Verdict, prove_kvm
from convirt_kvm.emulator import find_emulator, version_of
from convirt_kvm.options import DEFAULTS, DISKS_FOLDER

if TYPE_CHECKING:
    from convirt_core.platforms import NodeProxy

LIBVIRT_SOCKETS = ("/run/libvirt/libvirt-sock", "/run/libvirt/virtqemud-sock")
"""Of the one daemon for all, and of the QEMU driver's own (libvirt's docs/daemons.rst)."""

_LOG_SOCKET = "/run/libvirt/virtlogd-sock"
_LOCK_FOLDER = "/run/lock"
_QEMU_IMG = ("/usr/bin/qemu-img", "/usr/local/bin/qemu-img")
_LEAST_MEMORY_BYTES = 256 << 20
_LEAST_DISK_BYTES = 1 << 30


def libvirt_socket(proxy: NodeProxy) -> str | None:
    """Return the socket of a libvirt that can have a QEMU driver, or None."""
    return next((path for path in LIBVIRT_SOCKETS if proxy.stat(path)), None)


def check_all(proxy: NodeProxy) -> list[Finding]:
    """Return a finding for each thing that is needed; what is well is one too."""
    checks = (_emulator, _acceleration, _disk_tool, _libvirt, _log_daemon, _locks, _memory, _disks)
    return [check(proxy) for check in checks]


def _well(code: str, category: str, message: str) -> Finding:
    return Finding(code, category, Severity.INFO, message)


def _emulator(proxy: NodeProxy) -> Finding:
    emulator = find_emulator(proxy)
    if emulator:
        return _well("qemu", "QEMU", f"QEMU {version_of(proxy, emulator)} is {emulator.path}.")
    remedy = "Install QEMU for the server's processor (Debian: qemu-system-x86)."
    return Finding("qemu", "QEMU", Severity.ERROR, "There is no QEMU.", remedy)


def _acceleration(proxy: NodeProxy) -> Finding:
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


def _libvirt(proxy: NodeProxy) -> Finding:
    path = libvirt_socket(proxy)
    remedy = "Install libvirt (Debian: libvirt-daemon-system) and start it: systemctl start libvirtd, or libvirtd -d."
    if path is None:
        return Finding("libvirt", "libvirt", Severity.ERROR, "libvirt does not run: it has no socket.", remedy)
    try:
        proxy.connect_unix(path).close()
    except NotFound:
        return Finding("libvirt", "libvirt", Severity.ERROR, f"libvirt does not run: {path} is gone.", remedy)
    except OperationFailed as error:
        if proxy.run(["test", "-w", path]).exit_code:
            remedy = "Add the user to the group 'libvirt' and log in again."
        return Finding("libvirt", "libvirt", Severity.ERROR, f"libvirt cannot be reached: {error}", remedy)
    return _well("libvirt", "libvirt", f"libvirt listens on {path}.")


def _log_daemon(proxy: NodeProxy) -> Finding:
    if proxy.stat(_LOG_SOCKET):
        return _well("virtlogd", "libvirt", "virtlogd keeps the VMs' logs.")
    remedy = "Start it: systemctl start virtlogd, or virtlogd -d."
    return Finding("virtlogd", "libvirt", Severity.ERROR, "virtlogd does not run; no VM can start without it.", remedy)


def _locks(proxy: NodeProxy) -> Finding:
    if proxy.stat(_LOCK_FOLDER):
        return _well("lock-folder", "libvirt", f"{_LOCK_FOLDER} is there.")
    message = f"{_LOCK_FOLDER} is missing; no console can be opened without it."
    return Finding("lock-folder", "libvirt", Severity.ERROR, message, f"mkdir {_LOCK_FOLDER}")


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


def _disks(proxy: NodeProxy) -> Finding:
    folder = DEFAULTS[DISKS_FOLDER]
    there = PurePosixPath(folder)
    while not proxy.stat(str(there)):
        there = there.parent
    if proxy.run(["test", "-w", str(there)]).exit_code:
        message = f"The folder for disks, {folder}, cannot be written by this user."
        remedy = f"Set {DISKS_FOLDER} of the server or its pool to a folder that can, or log in as root."
        return Finding("disk-folder", "Storage", Severity.WARNING, message, remedy)
    free = proxy.free_bytes(str(there))
    message = f"{free >> 20} MiB are free for disks in {folder}."
    if free >= _LEAST_DISK_BYTES:
        return _well("disk-folder", "Storage", message)
    return Finding("disk-folder", "Storage", Severity.WARNING, message, "Free some space there.")
