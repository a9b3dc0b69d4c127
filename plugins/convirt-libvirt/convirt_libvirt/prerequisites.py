"""What every libvirt platform needs on a server, looked at through its proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.model import Finding, Severity

if TYPE_CHECKING:
    from convirt_core.platforms import NodeProxy

LIBVIRT_SOCKETS = ("/run/libvirt/libvirt-sock", "/var/run/libvirt/libvirt-sock")
VIRTLOGD_SOCKET = "/run/libvirt/virtlogd-sock"


@frozen
class DriverNeeds:
    """What one driver of libvirt needs.

    :param sockets: of the daemon that serves it, monolithic or modular; one must be there
    :param package: that brings the daemon, such as `libvirt-daemon-system`
    :param start: how it is started, for a remedy
    :param needs_log_daemon: whether guests' consoles go through virtlogd
    """

    sockets: tuple[str, ...]
    package: str
    start: str = "systemctl start libvirtd (or: virtlogd -d; libvirtd -d)"
    needs_log_daemon: bool = False


def check_libvirt(proxy: NodeProxy, needs: DriverNeeds) -> list[Finding]:
    """Return findings on the daemon, the right to use it, and its log daemon."""
    socket = next((path for path in needs.sockets if proxy.stat(path)), None)
    if socket is None:
        return [_missing_daemon(proxy, needs)]
    findings = [_access(proxy, socket)]
    if needs.needs_log_daemon:
        findings.append(_log_daemon(proxy))
    return findings


def _missing_daemon(proxy: NodeProxy, needs: DriverNeeds) -> Finding:
    installed = any(proxy.stat(f"{folder}/{name}") for folder in _SBIN for name in _DAEMONS)
    if installed:
        return Finding("libvirt-stopped", "libvirt", Severity.ERROR, "libvirt is not running.", f"Run: {needs.start}")
    return Finding(
        "libvirt-missing", "libvirt", Severity.ERROR, "libvirt is not installed.", f"Run: apt install {needs.package}"
    )


def _access(proxy: NodeProxy, socket: str) -> Finding:
    """Look whether the user may connect: a refused connection and a dead daemon's socket differ by nothing else."""
    if proxy.run(["test", "-w", socket]).exit_code != 0:
        return Finding(
            "libvirt-no-access",
            "libvirt",
            Severity.ERROR,
            f"You may not use {socket}.",
            "Run as root, or join the group libvirt (adduser USER libvirt) and log in anew.",
        )
    return Finding("libvirt-socket", "libvirt", Severity.INFO, f"libvirt listens on {socket}.")


def _log_daemon(proxy: NodeProxy) -> Finding:
    if proxy.stat(VIRTLOGD_SOCKET):
        return Finding("virtlogd", "libvirt", Severity.INFO, "virtlogd is running.")
    return Finding(
        "virtlogd-stopped",
        "libvirt",
        Severity.ERROR,
        "virtlogd is not running: libvirt cannot start guests without it.",
        "Run: systemctl start virtlogd (or: virtlogd -d)",
    )


_SBIN = ("/usr/sbin", "/sbin")
_DAEMONS = ("libvirtd", "virtqemud", "virtxend")
