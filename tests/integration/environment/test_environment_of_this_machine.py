"""What ConVirt says of this machine, held against what the machine's own tools say."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from labs.cli_here import ConvirtHere

if TYPE_CHECKING:
    from pathlib import Path

UNAVAILABLE, FAILED = 5, 1


@pytest.fixture
def convirt(tmp_path: Path) -> ConvirtHere:
    """A `convirt` with this machine as the server `here`; its hypervisor is libvirt's invention."""
    convirt = ConvirtHere(tmp_path)
    convirt.done("server", "add", "here", "--platform", "test")
    return convirt


@pytest.fixture
def told(convirt: ConvirtHere) -> Any:
    """What `server info` says of it."""
    return convirt.json("server", "info", "here")["environment"]


def said(*command: str) -> str:
    """What a tool says."""
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def test_the_system_is_the_one_that_runs_here(told: Any) -> None:
    release = platform.freedesktop_os_release()
    assert told["system"] == {
        "name": release["NAME"],
        "version": release.get("VERSION_ID", ""),
        "kernel": os.uname().release,
        "architecture": os.uname().machine,
    }
    assert told["host_name"] == os.uname().nodename


def test_the_processors_are_those_of_nproc_and_lscpu(told: Any) -> None:
    cpus = [line.split(",") for line in said("lscpu", "--parse=CPU,CORE,SOCKET").splitlines() if line[0] != "#"]
    assert told["processors"]["threads"] == len(cpus) == int(said("nproc", "--all"))
    assert told["processors"]["cores"] == len({core for _, core, _ in cpus})
    assert told["processors"]["sockets"] == len({socket for *_, socket in cpus})
    assert told["processors"]["model"] in said("lscpu")


def test_the_memory_is_that_of_free(told: Any) -> None:
    memory, swap = (line.split()[1:] for line in said("free", "--bytes").splitlines()[1:3])
    assert told["memory"]["total_bytes"] == int(memory[0])
    assert abs(told["memory"]["available_bytes"] - int(memory[-1])) < 2 << 30
    assert told["memory"]["swap_total_bytes"] == int(swap[0])


def test_the_root_file_system_is_that_of_statvfs(told: Any) -> None:
    status = os.statvfs("/")
    [root] = [each for each in told["file_systems"] if each["mount"] == "/"]
    assert root["size_bytes"] == status.f_blocks * status.f_frsize
    assert abs(root["free_bytes"] - status.f_bavail * status.f_frsize) < 2 << 30


def test_network_cards_and_bridges_are_those_of_ip(told: Any) -> None:
    links = {link["ifname"]: link for link in json.loads(said("ip", "-json", "-details", "address", "show"))}
    kinds = {name: link.get("linkinfo", {}).get("info_kind") for name, link in links.items()}
    for each in [*told["network_cards"], *told["bridges"]]:
        if (link := links.get(each["name"])) is not None:  # other tests' interfaces come and go
            assert each["mac"] == link["address"]
            assert set(each["addresses"]) == {f"{one['local']}/{one['prefixlen']}" for one in link["addr_info"]}
    assert {"lo", "tun"}.isdisjoint(kinds.get(each["name"], each["name"]) for each in told["network_cards"])
    assert all(kinds.get(each["name"], "bridge") == "bridge" for each in told["bridges"])


def test_our_clock_is_our_clock(told: Any) -> None:
    assert abs(told["clock"]["skew_seconds"]) <= told["clock"]["uncertainty_seconds"] + 0.01 < 5


def test_a_silent_hypervisor_is_named_and_the_rest_is_shown(convirt: ConvirtHere) -> None:
    convirt.done("server", "edit", "here", "--option", "uri=test:///nowhere.xml")
    ran = convirt("server", "info", "here", "--json")
    assert ran.code == UNAVAILABLE
    [error] = ran.json["errors"]
    assert (error["about"], error["kind"]) == ("hypervisor", "server-unavailable")
    assert ran.json["environment"]["host_name"] == os.uname().nodename
    shown = convirt("server", "info", "here").out
    assert "The hypervisor could not be read: Cannot connect to libvirt on here" in shown
    assert os.uname().release in shown


def test_a_server_without_a_shell_is_named_and_its_hypervisor_is_shown(
    convirt: ConvirtHere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = convirt("server", "info", "here", "--json")
    assert ran.code == FAILED
    assert [error["about"] for error in ran.json["errors"]] == ["environment"]
    assert ran.json["environment"] is None
    assert {"Server", "Hypervisor"} <= {section["title"] for section in ran.json["sections"]}


def test_what_the_invented_hypervisor_sees_otherwise_is_shown_beside(convirt: ConvirtHere) -> None:
    sections = convirt.json("server", "info", "here")["sections"]
    [seen] = [one["values"] for one in sections if one["title"] == "Processors for VMs"]
    assert seen["cpus"] == 16
