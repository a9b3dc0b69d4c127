"""The server's network cards and bridges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.model import Bridge, NetworkCard
from convirt_core.services.environment.values import named, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LOOPBACK = "lo"
_EVERYWHERE = "00000000"
"""The destination of a default route in /proc/net/route."""


@frozen
class Networks:
    """What was read of one server's networks.

    :param default_bridge: see `ServerEnvironment`
    """

    cards: tuple[NetworkCard, ...]
    bridges: tuple[Bridge, ...]
    default_bridge: str


def networks(net: str, net_paths: str, addresses: str, route: str) -> Networks:
    """Read the kernel's interfaces. The VMs' ends of their cards (TUN devices) and the loopback are left out.

    Source: Linux, Documentation/ABI/testing/sysfs-class-net.

    :param net: lines `eth0/operstate:up`
    :param net_paths: lines `eth0/device`, `br0/bridge`, `br0/brif/eth0`, `vnet0/tun_flags`
    :param addresses: of `ip -o address show`; empty where that is missing
    :param route: /proc/net/route
    """
    facts = _facts(net)
    paths = [line.strip().split("/") for line in net_paths.splitlines()]
    having = {what: {path[0] for path in paths if path[1:] == [what]} for what in ("device", "tun_flags", "bridge")}
    members = {name: _members(name, paths) for name in sorted(having["bridge"])}
    told = _addresses(addresses)
    left_out = having["tun_flags"] | having["bridge"] | {_LOOPBACK}
    return Networks(
        tuple(_card(name, facts[name], told.get(name, ())) for name in sorted(facts) if name not in left_out),
        tuple(_bridge(name, facts.get(name, {}), told.get(name, ()), members[name]) for name in members),
        _default_bridge(members, having["device"], route),
    )


def _facts(net: str) -> dict[str, dict[str, str]]:
    facts: dict[str, dict[str, str]] = {}
    for path, value in named(net):
        name, _, fact = path.partition("/")
        facts.setdefault(name, {})[fact] = value
    return facts


def _members(bridge: str, paths: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(sorted(path[2] for path in paths if len(path) == 3 and list(path[:2]) == [bridge, "brif"]))


def _addresses(text: str) -> dict[str, tuple[str, ...]]:
    """Read lines `4: eth0    inet 192.0.2.2/24 brd …`; a card of a pair is called `eth0@if5` by ip(8)."""
    told: dict[str, tuple[str, ...]] = {}
    for words in (line.split() for line in text.splitlines()):
        if len(words) > 3 and words[2] in {"inet", "inet6"}:
            name = words[1].partition("@")[0]
            told[name] = (*told.get(name, ()), words[3])
    return told


def _card(name: str, facts: Mapping[str, str], addresses: tuple[str, ...]) -> NetworkCard:
    speed = number(facts.get("speed"))  # -1: no link
    return NetworkCard(name, facts.get("address", ""), facts.get("operstate", ""), speed or None, addresses)


def _bridge(name: str, facts: Mapping[str, str], addresses: tuple[str, ...], members: tuple[str, ...]) -> Bridge:
    return Bridge(name, facts.get("address", ""), facts.get("operstate", ""), addresses, members)


def _default_bridge(members: Mapping[str, Sequence[str]], hardware: set[str], route: str) -> str:
    """Return the bridge that leads outside: the one with the default route, else one with a real card, else none.

    A bridge that leads nowhere, such as one of libvirt's networks or a container engine's, is not for whoever only
    wants a network.
    """
    rows = (line.split() for line in route.splitlines())
    routed = [row[0] for row in rows if len(row) > 1 and row[1] == _EVERYWHERE and row[0] in members]
    outside = [name for name in members if hardware.intersection(members[name])]
    return next(iter([*routed, *outside]), "")
