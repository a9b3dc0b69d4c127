"""Whether the destination has what the VM is connected to, and whether its clock agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import Severity
from convirt_core.services.environment import read_clock
from convirt_core.services.migration.checks.check import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.platforms import NodeProxy
    from convirt_core.services.migration.inquiry import Inquiry

MOST_SKEW_SECONDS = 2.0

PORTS = range(49152, 49216)
"""Where libvirt and QEMU receive a migration (`migration_port_min` and `…_max` of libvirt's qemu.conf)."""

_LISTENS = "0A"  # proc(5), /proc/net/tcp: the state of a socket


@check("network-missing", "Network", Severity.ERROR, remedy="Start or make it there, or connect the VM to another.")
def network_missing(ask: Inquiry) -> Iterator[str]:
    """A network or bridge of the VM is not at the destination."""
    yield from (found.message for found in ask.missing_networks)


@check("clock-skew", "Clock", Severity.WARNING, remedy="Set both clocks by the network (NTP).")
def clock_skew(ask: Inquiry) -> Iterator[str]:
    """The guest's clock would jump."""
    here, there = read_clock(ask.source.proxy), read_clock(ask.destination.proxy)
    skew = there.skew_seconds - here.skew_seconds
    if abs(skew) > MOST_SKEW_SECONDS + here.uncertainty_seconds + there.uncertainty_seconds:
        how = "ahead of" if skew > 0 else "behind"
        yield f"The clock of {ask.there} is {abs(skew):.1f} s {how} that of {ask.here}."


@check("no-free-port", "Free port", Severity.ERROR, remedy="End what listens there, or widen the range.")
def no_free_port(ask: Inquiry) -> Iterator[str]:
    """The destination has no port left to receive a migration on."""
    if ask.options.live and _listening(ask.destination.proxy).issuperset(PORTS):
        yield f"On {ask.there} every port from {PORTS[0]} to {PORTS[-1]} is in use."


@check("way-blocked", "Reachability", Severity.ERROR, remedy="Open the way between the servers.")
def way_blocked(ask: Inquiry) -> Iterator[str]:
    """The source's hypervisor does not reach the destination's."""
    if ask.options.live and not ask.options.direct and (refusal := ask.way_refusal):
        yield refusal


@check(
    "data-way-unproved",
    "Reachability",
    Severity.WARNING,
    remedy="Open the ports on which the destination's hypervisor receives a migration.",
)
def data_way_unproved(ask: Inquiry) -> Iterator[str]:
    """The data of a migration that is led from here may not reach the destination: one port stands for many."""
    if ask.options.live and ask.options.direct and (refusal := ask.way_refusal):
        yield refusal


def _listening(proxy: NodeProxy) -> set[int]:
    """Return the TCP ports that a server listens on. Source: proc(5), /proc/net/tcp."""
    said = proxy.run(["cat", "/proc/net/tcp", "/proc/net/tcp6"])  # without IPv6, cat says the first all the same
    rows = (line.split() for line in said.text.splitlines())
    return {int(row[1].rpartition(":")[2], 16) for row in rows if len(row) > 3 and row[3] == _LISTENS}
