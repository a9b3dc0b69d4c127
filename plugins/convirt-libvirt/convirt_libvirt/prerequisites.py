"""What every platform of libvirt needs on a server, looked at through its proxy. Each check is one finding."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from convirt_core.errors import NotFound, OperationFailed
from convirt_core.model import Finding, Severity
from convirt_core.platforms import CommandResult
from convirt_libvirt.places import DISKS_FOLDER, PLACES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from convirt_core.platforms import NodeProxy

LIBVIRTD_SOCKET = "/run/libvirt/libvirt-sock"
"""Of the one daemon for all drivers; each driver's own daemon has another (libvirt's docs/daemons.rst)."""

INSTALL_LIBVIRT = (
    "Install libvirt (Debian: libvirt-daemon-system) and start it: systemctl start libvirtd, or libvirtd -d."
)

_LOG_SOCKET = "/run/libvirt/virtlogd-sock"
_QEMU_CONF = "/etc/libvirt/qemu.conf"
_OWN_FILES = r"""^\s*stdio_handler\s*=\s*["']file["']"""
_LOCK_FOLDER = "/run/lock"
_CATEGORY = "libvirt"
_LEAST_DISK_BYTES = 1 << 30


def run_if_there(proxy: NodeProxy, *argv: str) -> CommandResult:
    """Run a command; one that a server does not have ends as a shell would say it, with 127."""
    try:
        return proxy.run(argv)
    except NotFound:
        return CommandResult(argv, 127, b"", b"")


def libvirt_socket(proxy: NodeProxy, sockets: Iterable[str]) -> str | None:
    """Return the first of these sockets that is there, or None."""
    return next((path for path in sockets if proxy.stat(path)), None)


def check_libvirt(proxy: NodeProxy, sockets: Iterable[str], remedy: str = INSTALL_LIBVIRT) -> Finding:
    """Check that a libvirt daemon runs and that this user may use it. A killed one leaves its socket behind.

    :param sockets: of the daemons that serve the platform
    :param remedy: how the daemon is installed and started
    """
    path = libvirt_socket(proxy, sockets)
    if path is None:
        return _error("libvirt", "libvirt does not run: it has no socket.", remedy)
    try:
        proxy.connect_unix(path).close()
    except NotFound:
        return _error("libvirt", f"libvirt does not run: {path} is gone.", remedy)
    except OperationFailed as error:
        if proxy.run(["test", "-w", path]).exit_code:
            remedy = "Add the user to the group 'libvirt' and log in again."
        return _error("libvirt", f"libvirt cannot be reached: {error}", remedy)
    return _well("libvirt", f"libvirt listens on {path}.")


def check_log_daemon(proxy: NodeProxy) -> Finding:
    """Check for virtlogd, through which QEMU's guests write their logs, unless `stdio_handler` of qemu.conf is file."""
    if proxy.stat(_LOG_SOCKET):
        return _well("virtlogd", "virtlogd keeps the VMs' logs.")
    remedy = "Start it: systemctl start virtlogd, or virtlogd -d."
    try:
        settings = proxy.read_file(_QEMU_CONF).decode(errors="replace")
    except NotFound:
        settings = ""
    except OperationFailed:  # only root may read it
        message = "virtlogd does not run; VMs need it unless qemu.conf says otherwise, which this user cannot read."
        return Finding("virtlogd", _CATEGORY, Severity.WARNING, message, remedy)
    if re.search(_OWN_FILES, settings, flags=re.MULTILINE):
        return _well("virtlogd", "The VMs write their logs themselves, as qemu.conf says.")
    return _error("virtlogd", "virtlogd does not run; no VM can start without it.", remedy)


def check_lock_folder(proxy: NodeProxy) -> Finding:
    """Check for the folder in which libvirt locks consoles."""
    if proxy.stat(_LOCK_FOLDER):
        return _well("lock-folder", f"{_LOCK_FOLDER} is there.")
    message = f"{_LOCK_FOLDER} is missing; no console can be opened without it."
    return _error("lock-folder", message, f"mkdir {_LOCK_FOLDER}")


def check_disk_folder(proxy: NodeProxy, options: Mapping[str, str | int | bool]) -> Finding:
    """Check that new disks can be made where the server's options say."""
    folder = str(options.get(DISKS_FOLDER) or PLACES[DISKS_FOLDER])
    there = PurePosixPath(folder)
    while there != there.parent and not proxy.stat(str(there)):
        there = there.parent
    if run_if_there(proxy, "test", "-w", str(there)).exit_code:
        message = f"The folder for disks, {folder}, cannot be written by this user."
        remedy = f"Set {DISKS_FOLDER} of the server or its pool to a folder that can, or log in as root."
        return Finding("disk-folder", "Storage", Severity.WARNING, message, remedy)
    free = proxy.free_bytes(str(there))
    message = f"{free >> 20} MiB are free for disks in {folder}."
    if free >= _LEAST_DISK_BYTES:
        return Finding("disk-folder", "Storage", Severity.INFO, message)
    return Finding("disk-folder", "Storage", Severity.WARNING, message, "Free some space there.")


def _well(code: str, message: str) -> Finding:
    return Finding(code, _CATEGORY, Severity.INFO, message)


def _error(code: str, message: str, remedy: str) -> Finding:
    return Finding(code, _CATEGORY, Severity.ERROR, message, remedy)
