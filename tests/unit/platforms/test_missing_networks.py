"""Which networks and bridges of a VM a server does not have, and what to do about it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from attrs import define, field

from convirt_core.model import ManagedNode, Nic
from convirt_core.platforms import VNode, missing_networks

LAN, DMZ, BR0 = Nic(source="lan"), Nic(source="dmz"), Nic(kind="bridge", source="br0")

NODE = ManagedNode("id", "h2", "toy")


@define
class Server:
    """As much of a `VNode` as is asked; it notes what."""

    active: list[str] | None = field(factory=list)
    idle: dict[str, str] = field(factory=dict)
    bridges: set[str] = field(factory=set)
    asked: list[str] = field(factory=list)
    node: ManagedNode = NODE

    @property
    def session(self) -> Any:
        return SimpleNamespace(proxy=self)

    def networks(self) -> list[str] | None:
        self.asked.append("networks")
        return self.active

    def idle_networks(self) -> dict[str, str]:
        self.asked.append("idle")
        return self.idle

    def stat(self, path: str) -> object:
        self.asked.append(path)
        return path if path in {f"/sys/class/net/{name}/bridge" for name in self.bridges} else None


def said(nics: list[Nic], server: Any) -> list[tuple[str, str]]:
    return [(found.message, found.remedy) for found in missing_networks(nics, server)]


@pytest.mark.parametrize("nics", [[], [Nic(kind="user")]])
def test_a_vm_that_names_no_network_costs_no_question(nics: list[Nic]) -> None:
    server = Server()
    assert said(nics, server) == []
    assert server.asked == []


def test_a_network_that_is_active_is_found_with_one_question() -> None:
    server = Server(active=["lan"])
    assert said([LAN, LAN], server) == []
    assert server.asked == ["networks"]


def test_a_bridge_of_the_system_is_enough() -> None:
    assert said([BR0], Server(bridges={"br0"})) == []


def test_for_bridges_of_the_system_the_hypervisor_is_not_asked() -> None:
    server = Server(bridges={"br0"})
    said([BR0], server)
    assert "networks" not in server.asked


def test_where_nobody_knows_the_networks_none_is_missing() -> None:
    assert said([LAN, BR0], Server(active=None)) == []


def test_a_platform_that_says_nothing_of_networks_does_not_know_them() -> None:
    assert VNode.networks(cast("VNode", Server())) is None


def test_a_network_that_is_not_there_is_told_once_with_those_that_are() -> None:
    assert said([LAN, LAN], Server(active=["default", "br1"])) == [
        ("h2 has no network lan.", "Make it on the server, or connect the VM to default or br1.")
    ]


def test_a_bridge_that_is_not_there_is_told() -> None:
    assert said([BR0], Server()) == [("h2 has no bridge br0.", "Make it on the server.")]


def test_a_network_that_is_not_active_is_told_as_such_with_what_starts_it() -> None:
    server = Server(idle={"lan": "virsh net-start lan", "dmz": ""})
    assert said([LAN, DMZ], server) == [
        ("The network dmz of h2 is not active.", "Start it on the server."),
        ("The network lan of h2 is not active.", "Start it on the server (virsh net-start lan)."),
    ]


def test_a_bridge_is_no_network_of_its_name() -> None:
    server = Server(idle={"br0": "virsh net-start br0"})
    assert said([BR0], server) == [("h2 has no bridge br0.", "Make it on the server.")]
