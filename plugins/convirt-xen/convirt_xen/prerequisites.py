"""What a server needs to run VMs under Xen, looked at piece by piece. Each check is one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import Finding, Severity
from convirt_libvirt.prerequisites import (
    LIBVIRTD_SOCKET,
    check_disk_folder,
    check_libvirt,
    check_lock_folder,
    run_if_there,
)
from convirt_xen.detection import is_control_domain, runs_xen
from convirt_xen.xl import read_info, run_xl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.platforms import CommandResult, NodeProxy

LIBVIRT_SOCKETS = (LIBVIRTD_SOCKET, "/run/libvirt/virtxend-sock")
"""Of the one daemon for all, and of the Xen driver's own (libvirt's docs/daemons.rst)."""

_DRIVERS = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib")
_DRIVER = "libvirt/connection-driver/libvirt_driver_libxl.so"
_NOT_FOUND = 127


def check_all(proxy: NodeProxy, options: Mapping[str, str | int | bool]) -> list[Finding]:
    """Return a finding for each thing that is needed; what is well is one too.

    :param options: of the server
    """
    answer = run_xl(proxy, "info")
    may_use_xl = answer.exit_code == 0 or run_if_there(proxy, "id", "-u").text.strip() == "0"
    return [
        _domain_0(proxy),
        _toolstack(answer, may_use_xl=may_use_xl),
        _rights(may_use_xl=may_use_xl),
        check_libvirt(proxy, LIBVIRT_SOCKETS),
        _driver(proxy),
        check_lock_folder(proxy),
        check_disk_folder(proxy, options),
    ]


def _finding(code: str, category: str, message: str, remedy: str = "") -> Finding:
    """Return what was looked at; what has a remedy is an error."""
    return Finding(code, category, Severity.ERROR if remedy else Severity.INFO, message, remedy)


def _domain_0(proxy: NodeProxy) -> Finding:
    if not runs_xen(proxy):
        remedy = "Install Xen (Debian: xen-system-amd64) and boot the server with it."
        return _finding("domain-0", "Xen", "The server does not run on Xen.", remedy)
    if not is_control_domain(proxy):
        message = "The server is a guest of Xen, not its domain 0."
        return _finding("domain-0", "Xen", message, "Add the machine that it runs on.")
    return _finding("domain-0", "Xen", "The server is the domain 0 of a Xen.")


def _toolstack(answer: CommandResult, *, may_use_xl: bool) -> Finding:
    if answer.exit_code == _NOT_FOUND:
        return _finding("toolstack", "Xen", "There is no xl.", "Install Xen's tools (Debian: xen-utils).")
    if not may_use_xl:
        return _finding("toolstack", "Xen", "There is an xl, which this user may not ask.")
    if answer.exit_code:
        words = (answer.error_text.splitlines() or ["it said nothing"])[-1].strip().rstrip(".")
        remedy = "Look whether xenstored runs there: systemctl status xenstored xenconsoled."
        return _finding("toolstack", "Xen", f"xl does not answer: {words}.", remedy)
    version = read_info(answer.text).get("xen_version", "of an unknown version")
    return _finding("toolstack", "Xen", f"xl answers; Xen is {version}.")


def _rights(*, may_use_xl: bool) -> Finding:
    """`xl` and the log of why a start failed are root's; all else goes by libvirt's rights."""
    if may_use_xl:
        return _finding("rights", "Xen", "This user may use xl.")
    message = "This user may not use xl: domains made by hand, and why a start failed, are not seen."
    return Finding("rights", "Xen", Severity.WARNING, message, "Log in as root.")


def _driver(proxy: NodeProxy) -> Finding:
    if any(proxy.stat(f"{folder}/{_DRIVER}") for folder in _DRIVERS):
        return _finding("libxl-driver", "libvirt", "libvirt has its driver for Xen.")
    remedy = "Install it (Debian: libvirt-daemon-driver-xen) and start libvirtd anew."
    return _finding("libxl-driver", "libvirt", "libvirt has no driver for Xen.", remedy)
