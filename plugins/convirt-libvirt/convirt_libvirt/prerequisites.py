"""What every platform of libvirt needs on a server, looked at through its proxy. Each check is one finding."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from attrs import frozen

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

_DEBIANS = ("x86_64", "aarch64", "i386", "powerpc64le", "riscv64", "s390x")
_LIBRARIES = (*(f"/usr/lib/{arch}-linux-gnu" for arch in _DEBIANS), "/usr/lib64", "/usr/lib")
_LOCK_FOLDER = "/run/lock"
_CATEGORY = "libvirt"
_LEAST_DISK_BYTES = 1 << 30


@frozen
class Driver:
    """libvirt's driver of one hypervisor.

    :param name: as its file is called, such as `qemu`
    :param title: of the hypervisor
    :param package: Debian's
    :param daemon: its own, such as `virtqemud` (libvirt's docs/daemons.rst)
    """

    name: str
    title: str
    package: str
    daemon: str

    @property
    def sockets(self) -> tuple[str, str]:
        """Return the sockets of the daemons that may have it."""
        return LIBVIRTD_SOCKET, f"/run/libvirt/{self.daemon}-sock"


def check_server(proxy: NodeProxy, driver: Driver, options: Mapping[str, str | int | bool]) -> list[Finding]:
    """Check what a server of every platform needs. Returns a finding for each thing.

    :param options: of the server
    """
    return [
        check_libvirt(proxy, driver.sockets),
        check_driver(proxy, driver),
        check_lock_folder(proxy),
        check_disk_folder(proxy, options),
    ]


def run_if_there(proxy: NodeProxy, *argv: str) -> CommandResult:
    """Run a command; one that a server does not have ends as a shell would say it, with 127."""
    try:
        return proxy.run(argv)
    except NotFound:
        return CommandResult(argv, 127, b"", b"")


def finding(code: str, category: str, message: str, remedy: str = "") -> Finding:
    """Return what was looked at; what has a remedy is an error."""
    return Finding(code, category, Severity.ERROR if remedy else Severity.INFO, message, remedy)


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
        return _finding("libvirt", "libvirt does not run: it has no socket.", remedy)
    try:
        proxy.connect_unix(path).close()
    except NotFound:
        return _finding("libvirt", f"libvirt does not run: {path} is gone.", remedy)
    except OperationFailed as error:
        if proxy.run(["test", "-w", path]).exit_code:
            remedy = "Add the user to the group 'libvirt' and log in again."
        return _finding("libvirt", f"libvirt cannot be reached: {error}", remedy)
    return _finding("libvirt", f"libvirt listens on {path}.")


def check_driver(proxy: NodeProxy, driver: Driver) -> Finding:
    """Check that libvirt has the driver: distributions have each in a package of its own."""
    code, file = f"{driver.name}-driver", f"libvirt/connection-driver/libvirt_driver_{driver.name}.so"
    if any(proxy.stat(f"{folder}/{file}") for folder in _LIBRARIES):
        return _finding(code, f"libvirt has its driver for {driver.title}.")
    remedy = f"Install it (Debian: {driver.package}) and start libvirtd anew."
    return _finding(code, f"libvirt has no driver for {driver.title}.", remedy)


def check_lock_folder(proxy: NodeProxy) -> Finding:
    """Check for the folder in which libvirt locks consoles."""
    if proxy.stat(_LOCK_FOLDER):
        return _finding("lock-folder", f"{_LOCK_FOLDER} is there.")
    message = f"{_LOCK_FOLDER} is missing; no console can be opened without it."
    return _finding("lock-folder", message, f"mkdir {_LOCK_FOLDER}")


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
        return finding("disk-folder", "Storage", message)
    return Finding("disk-folder", "Storage", Severity.WARNING, message, "Free some space there.")


def _finding(code: str, message: str, remedy: str = "") -> Finding:
    return finding(code, _CATEGORY, message, remedy)
