"""A server with bridges and LVM: this machine with a network of its own, and LVM's own report from two scripts."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from labs.command_line import Convirt

pytestmark = pytest.mark.root

NETWORK = """
mount -t sysfs sysfs /sys
ip link add br0 type bridge
ip link add br1 type bridge
ip link add uplink type veth peer name elsewhere
ip link set uplink master br0
ip tuntap add vnet0 mode tap
ip link set vnet0 master br0
ip address add 192.0.2.7/24 dev br0
for each in uplink elsewhere br0; do ip link set "$each" up; done
ip route add default via 192.0.2.1
exec "$@"
"""
VGS = {"report": [{"vg": [{"vg_name": "vg0", "vg_size": "53682896896", "vg_free": "10733223936"}]}]}
LVS = {"report": [{"lv": [{"lv_name": "web1", "vg_name": "vg0", "lv_size": "8589934592", "lv_path": "/dev/vg0/web1"}]}]}


@pytest.fixture(scope="module")
def convirt(tmp_path_factory: pytest.TempPathFactory) -> Convirt:
    """A `convirt` that runs in there."""
    home = tmp_path_factory.mktemp("bridges")
    for tool, report in (("vgs", VGS), ("lvs", LVS)):
        (home / tool).write_text(f"#!/bin/sh\ncat << 'END'\n{json.dumps(report, indent=2)}\nEND\n")
        (home / tool).chmod(0o755)
    within = ("unshare", "--net", "--mount", "sh", "-c", NETWORK, "sh")
    convirt = Convirt(home, within=within, PATH=f"{home}:{os.environ['PATH']}")
    convirt.done("server", "add", "here", "--platform", "test")
    return convirt


@pytest.fixture(scope="module")
def told(convirt: Convirt) -> Any:
    """What `server info` says."""
    return convirt.json("server", "info", "here")["environment"]


def test_a_bridge_has_the_cards_of_the_server_and_of_its_vms_as_members(told: Any) -> None:
    bridges = {bridge["name"]: bridge for bridge in told["bridges"]}
    assert bridges["br0"]["members"] == ["uplink", "vnet0"]
    assert bridges["br1"]["members"] == []
    assert "192.0.2.7/24" in bridges["br0"]["addresses"]


def test_a_vms_end_of_its_card_is_no_card_of_the_server(told: Any) -> None:
    assert [card["name"] for card in told["network_cards"]] == ["elsewhere", "uplink"]


def test_the_bridge_that_leads_outside_is_the_default(told: Any, convirt: Convirt) -> None:
    assert told["default_bridge"] == "br0"
    assert "br0 (default)" in convirt.done("server", "info", "here")


def test_volumes_are_those_of_lvms_report(told: Any) -> None:
    [group], [volume] = told["volume_groups"], told["logical_volumes"]
    assert (group["name"], group["size_bytes"], group["free_bytes"]) == ("vg0", 53_682_896_896, 10_733_223_936)
    assert (volume["path"], volume["group"], volume["size_bytes"]) == ("/dev/vg0/web1", "vg0", 8_589_934_592)
