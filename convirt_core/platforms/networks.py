"""What a VM is to be connected to, and its server does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from convirt_core.model import Nic
    from convirt_core.platforms.vnode import VNode

_NAMED = frozenset({"network", "bridge"})


def missing_networks(nics: Iterable[Nic], vnode: VNode) -> list[Finding]:
    """Return an error for each network and bridge that a server does not have, or that is not active there.

    The hypervisor is asked only if a network card names what is no bridge of the server's system; where it does not
    know its networks nothing is found. Raises what `VNode.networks` raises.
    """
    wanted = sorted({(nic.kind, nic.source) for nic in nics if nic.kind in _NAMED})
    sought = [(kind, name) for kind, name in wanted if not _is_bridge(kind, name, vnode)]
    known = vnode.networks() if sought else []
    if known is None:
        return []
    missing = [(kind, name) for kind, name in sought if name not in known]
    idle = vnode.idle_networks() if missing else {}
    others = f", or connect the VM to {' or '.join(known)}" if known else ""
    return [_finding(vnode.node.name, kind, name, idle, others) for kind, name in missing]


def _is_bridge(kind: str, name: str, vnode: VNode) -> bool:
    """Whether it is a bridge of the server's system, which a hypervisor need not know."""
    return kind == "bridge" and vnode.session.proxy.stat(f"/sys/class/net/{name}/bridge") is not None


def _finding(server: str, kind: str, name: str, idle: Mapping[str, str], others: str) -> Finding:
    if kind == "network" and name in idle:
        message = f"The network {name} of {server} is not active."
        how = f" ({idle[name]})" if idle[name] else ""
        remedy = f"Start it on the server{how}{others}."
    else:
        message, remedy = f"{server} has no {kind} {name}.", f"Make it on the server{others}."
    return Finding("network-missing", "Network", Severity.ERROR, message, remedy)
