"""What a server needs to run VMs under Xen, looked at piece by piece. Each check is one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import Finding, Severity
from convirt_libvirt.prerequisites import Driver, check_server, finding, run_if_there
from convirt_xen.detection import is_control_domain, runs_xen
from convirt_xen.xl import read_info, run_xl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.platforms import CommandResult, NodeProxy

_DRIVER = Driver("libxl", "Xen", "libvirt-daemon-driver-xen", "virtxend")
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
        *check_server(proxy, _DRIVER, options),
    ]


def _domain_0(proxy: NodeProxy) -> Finding:
    if not runs_xen(proxy):
        remedy = "Install Xen (Debian: xen-system-amd64) and boot the server with it."
        return finding("domain-0", "Xen", "The server does not run on Xen.", remedy)
    if not is_control_domain(proxy):
        message = "The server is a guest of Xen, not its domain 0."
        return finding("domain-0", "Xen", message, "Add the machine that it runs on.")
    return finding("domain-0", "Xen", "The server is the domain 0 of a Xen.")


def _toolstack(answer: CommandResult, *, may_use_xl: bool) -> Finding:
    if answer.exit_code == _NOT_FOUND:
        return finding("toolstack", "Xen", "There is no xl.", "Install Xen's tools (Debian: xen-utils).")
    if not may_use_xl:
        return finding("toolstack", "Xen", "There is an xl, which this user may not ask.")
    if answer.exit_code:
        words = (answer.error_text.splitlines() or ["it said nothing"])[-1].strip().rstrip(".")
        remedy = "Look whether xenstored runs there: systemctl status xenstored xenconsoled."
        return finding("toolstack", "Xen", f"xl does not answer: {words}.", remedy)
    version = read_info(answer.text).get("xen_version", "of an unknown version")
    return finding("toolstack", "Xen", f"xl answers; Xen is {version}.")


def _rights(*, may_use_xl: bool) -> Finding:
    """`xl` and the log of why a start failed are root's; all else goes by libvirt's rights."""
    if may_use_xl:
        return finding("rights", "Xen", "This user may use xl.")
    message = "This user may not use xl: domains made by hand, and why a start failed, are not seen."
    return Finding("rights", "Xen", Severity.WARNING, message, "Log in as root.")
