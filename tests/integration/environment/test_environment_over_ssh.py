"""A server elsewhere: what it is, in one command over its ssh connection, and with its hypervisor gone."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from labs.command_line import Convirt
from labs.two_hosts import faults

from convirt_core.app import Application
from convirt_core.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from labs.two_hosts.lab import Lab

pytestmark = [pytest.mark.root]

UNAVAILABLE = 5


@pytest.fixture
def convirt(two_hosts: Lab, tmp_path: Path) -> Convirt:
    """A `convirt` with the server `h1`."""
    convirt = Convirt(tmp_path, HOME=str(two_hosts.client.home))
    convirt.done("server", "add", "h1", "--address", "h1", "--platform", "kvm", "--option", "accelerator=tcg")
    return convirt


def test_a_server_elsewhere_says_what_it_is(two_hosts: Lab, convirt: Convirt) -> None:
    told = convirt.json("server", "info", "h1")["environment"]
    links = {link["ifname"]: link for link in json.loads(two_hosts.h1.run("ip", "-json", "address", "show"))}
    assert told["host_name"] == two_hosts.h1.run("uname", "-n").strip()
    assert any(two_hosts.h1.address in one for card in told["network_cards"] for one in card["addresses"])
    for each in [*told["network_cards"], *told["bridges"]]:
        assert each["mac"] == links[each["name"]]["address"]
    assert abs(told["clock"]["skew_seconds"]) <= told["clock"]["uncertainty_seconds"] + 0.01


def test_it_is_asked_by_one_command(two_hosts: Lab, convirt: Convirt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(two_hosts.client.home))
    with Application.open(Settings.load(convirt.environment)) as app:
        node = app.grid.find_server("h1")
        proxy: Any = app.servers.of(node).proxy
        ran: list[object] = []
        run = proxy.run
        monkeypatch.setattr(proxy, "run", lambda argv, **how: ran.append(argv) or run(argv, **how))
        assert app.environments.of(node).memory.total_bytes
        assert ran == [["sh", "-s"]]


def test_a_server_whose_libvirtd_hangs_says_what_it_is(two_hosts: Lab, convirt: Convirt) -> None:
    with faults.stopped_libvirtd(two_hosts.h1):
        begin = time.monotonic()
        ran = convirt("server", "info", "h1", "--json")
        assert time.monotonic() - begin < 20
    answer = json.loads(ran.stdout)
    assert ran.returncode == UNAVAILABLE
    assert [error["about"] for error in answer["errors"]] == ["hypervisor"]
    assert answer["environment"]["processors"]["threads"] > 0
