"""Definitions, devices, snapshots and clones of real VMs, through the command line."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from labs.guest import READY, virsh

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.root, pytest.mark.guest]


def test_a_vm_is_provisioned_as_the_options_say(lab, make_vm: Callable[..., str]) -> None:
    sizes = ["--memory", "160M", "--vcpus", "2"]
    others = ["--server", "here", "--set", "description=mine", "--copy", "--no-start", "--json"]
    name = make_vm(*sizes, *others, image="disk")
    info = lab.convirt.json("vm", "info", name)
    assert (info["config"]["memory"], info["config"]["vcpus"], info["config"]["description"]) == (160, 2, "mine")
    assert (
        "backing file"
        not in subprocess.run(
            ["qemu-img", "info", info["disks"][0]["source"]], capture_output=True, text=True, check=True
        ).stdout
    )


def test_a_value_that_no_definition_has_is_blamed_on_its_flag(lab) -> None:
    refused = lab.convirt("provision", "tiny", "never-made", "--set", "nosuchkey=1", "--memory", "160M")
    assert refused.code == 2
    assert "--set nosuchkey: 'nosuchkey' is no key" in refused.err


def test_a_check_refuses_a_provisioning_and_force_overrides_it(lab, make_vm: Callable[..., str]) -> None:
    network = ["--set", "vif=['network=no-such-network']", "--no-start"]
    refused = lab.convirt("provision", "tiny", "never-made", *network)
    assert refused.code == 4
    assert "has no network no-such-network" in refused.err
    assert lab.convirt.json("vm", "info", make_vm(*network, "--force"))["config"]


def test_a_provisioned_vm_boots_from_an_overlay(lab, make_vm: Callable[..., str], wait_for) -> None:
    name = make_vm("--start", image="disk")
    wait_for(name, f"{READY} token={name}")
    disk = lab.convirt.json("vm", "info", name)["disks"][0]["source"]
    assert (
        "backing file"
        in subprocess.run(["qemu-img", "info", "-U", disk], capture_output=True, text=True, check=True).stdout
    )


def test_a_definition_is_changed_and_the_running_vm_is_left_alone(lab, booted: str) -> None:
    assert lab.convirt.json("vm", "set", booted, "memory=192", "--stored", "--force", "--notes", "mine")["done"]
    info = lab.convirt.json("vm", "info", booted)
    assert info["config"]["memory"] == 192
    assert info["vm"]["memory_bytes"] == 128 << 20
    assert lab.convirt("vm", "set", booted, "description=x", "boot=c").code == 0
    assert lab.convirt("vm", "set", booted, "--unset", "description").code == 0
    assert "description" not in lab.convirt.json("vm", "info", booted)["config"]


def test_a_running_vm_is_changed(lab, booted: str) -> None:
    assert lab.convirt("vm", "set", booted, "memory=96", "--live").code == 0
    assert lab.convirt("vm", "set", booted, "memory=112", "--both").code == 0
    info = lab.convirt.json("vm", "info", booted)
    assert info["config"]["memory"] == 112


def test_a_vm_is_shown_with_its_screen(lab, make_vm: Callable[..., str]) -> None:
    name = make_vm("--set", "vnc=1")
    screen = lab.convirt.json("vm", "info", name)["screen"]
    assert (screen["protocol"], screen["host"]) == ("vnc", "127.0.0.1")
    assert f"127.0.0.1:{screen['port']}" in lab.convirt("vm", "info", name).out


def test_a_vm_is_created_from_a_file_cloned_and_removed(lab, tmp_path: Path) -> None:
    file = tmp_path / "vm.conf"
    name = f"{lab.prefix}made"
    file.write_text("name = 'x'\nmemory = 64\nvcpus = 1\n")
    created = lab.convirt.json("vm", "create", str(file), "--name", name, "--server", "here", "--force")
    assert created["vm"] == name
    assert lab.convirt.json("vm", "clone", name, f"{name}2", "--force")["vm"] == f"{name}2"
    assert lab.convirt("vm", "remove", name, f"{name}2", "--yes").code == 0
    assert name not in virsh("list", "--all", "--name").split()


def test_a_linked_clone_has_an_overlay_on_the_original(lab, make_vm: Callable[..., str]) -> None:
    name = make_vm("--no-start", image="disk")
    original = lab.convirt.json("vm", "info", name)["disks"][0]["source"]
    assert lab.convirt("vm", "clone", name, f"{name}-linked", "--linked").code == 0
    copy = lab.convirt.json("vm", "info", f"{name}-linked")["disks"][0]["source"]
    told = subprocess.run(["qemu-img", "info", copy], capture_output=True, text=True, check=True).stdout
    assert original in told
    assert lab.convirt("vm", "remove", f"{name}-linked", "--yes").code == 0


def test_a_definition_is_edited_in_an_editor_and_from_a_file(
    lab, stopped: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/131072/163840/g" "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    assert lab.convirt.json("vm", "edit", stopped)["changed"] is True
    assert lab.convirt.json("vm", "info", stopped)["config"]["memory"] == 160
    file = tmp_path / "new.xml"
    file.write_text(virsh("dumpxml", "--inactive", stopped).replace("163840", "131072"))
    assert lab.convirt("vm", "edit", stopped, "--file", str(file), "--force").code == 0
    assert lab.convirt.json("vm", "info", stopped)["config"]["memory"] == 128


def test_disks_come_and_go(lab, booted: str) -> None:
    paths = []
    for number in range(3):
        paths.append(lab.folder / f"{booted}-{number}.raw")
        with paths[-1].open("wb") as file:
            file.truncate(1 << 20)
    more = ["--format", "raw", "--bus", "virtio", "--device", "disk", "--read-only", "--shareable", "--force"]
    first = lab.convirt.json("vm", "attach", "disk", booted, str(paths[0]), "--target", "vdx", "--stored", *more)
    assert first["target"] == "vdx"
    assert lab.convirt("vm", "attach", "disk", booted, str(paths[1]), "--target", "vdy", "--live").code == 0
    assert lab.convirt("vm", "attach", "disk", booted, str(paths[2]), "--target", "vdz", "--both").code == 0
    assert set(virsh("domblklist", "--inactive", booted).split()) >= {"vdx", "vdz"}
    assert lab.convirt.json("vm", "detach", "disk", booted, "vdx", "--stored", "--force")["done"]
    for target, where in (("vdy", "--live"), ("vdz", "--both")):
        ran = lab.convirt("vm", "detach", "disk", booted, target, where)
        assert ran.code == 0, ran.err
    assert "vdz" not in virsh("domblklist", booted)


def test_network_cards_come_and_go(lab, booted: str) -> None:
    macs = [f"52:54:00:aa:00:0{number}" for number in range(3)]
    wheres = ("--stored", "--live", "--both")
    for mac, where in zip(macs, wheres, strict=True):
        attached = lab.convirt(
            "vm", "attach", "nic", booted, "--user", "--mac", mac, "--model", "virtio", where, "--force"
        )
        assert attached.code == 0, attached.err
    for mac, where in zip(macs, wheres, strict=True):
        ran = lab.convirt("vm", "detach", "nic", booted, mac, where, "--force", "--json")
        assert ran.code == 0, ran.err


def test_a_network_card_is_defined_on_a_network_or_a_bridge(lab, stopped: str) -> None:
    assert lab.convirt("vm", "attach", "nic", stopped, "--network", "default", "--force", "--json").code == 0
    refused = lab.convirt("vm", "attach", "nic", stopped, "--bridge", "br0")
    assert (refused.code, "has no bridge br0" in refused.err) == (4, True)
    assert lab.convirt("vm", "attach", "nic", stopped, "--bridge", "br0", "--force").code == 0
    kinds = [nic["kind"] for nic in lab.convirt.json("vm", "info", stopped)["nics"]]
    assert kinds[-2:] == ["network", "bridge"]


def test_snapshots_of_a_running_guest(lab, make_vm: Callable[..., str], wait_for) -> None:
    name = make_vm(image="disk")
    wait_for(name, f"{READY} token={name}")
    snapshot = ("vm", "snapshot")
    assert lab.convirt(*snapshot, "create", name, "s1", "--description", "before", "--force", "--json").code == 0
    assert lab.convirt.json(*snapshot, "list", name)["snapshots"][0]["state"] == "running"
    assert lab.convirt(*snapshot, "revert", name, "s1", "--yes", "--force", "--json").code == 0
    assert lab.state(name) == "running"
    assert lab.convirt(*snapshot, "delete", name, "s1", "--yes", "--force", "--json").code == 0


def test_a_kept_state_that_cannot_be_read_leaves_a_vm_that_is_said_to_be_stopped(
    lab, make_vm: Callable[..., str]
) -> None:
    name = make_vm(image="disk")
    assert lab.convirt("vm", "snapshot", "create", name, "s1").code == 0
    assert lab.convirt("vm", "kill", name).code == 0
    disk = lab.convirt.json("vm", "info", name)["disks"][0]["source"]
    subprocess.run(["qemu-img", "snapshot", "-d", "s1", disk], check=True)
    assert lab.convirt("vm", "start", name).code == 0
    ran = lab.convirt("vm", "snapshot", "revert", name, "s1", "--yes")
    assert ran.code == 1
    assert f"{name} was running and is {lab.state(name)} now." in ran.err
    assert f"convirt vm start {name}" in ran.err
    virsh("snapshot-delete", name, "s1", "--metadata")


def test_statistics_of_a_running_guest_are_not_zero(lab, booted: str) -> None:
    answered = lab.convirt.json("stats", "here", "--interval", "1")
    row = next(vm for vm in answered["vms"] if vm["name"] == booted)
    assert row["cpu_seconds"] > 0
    assert row["memory_bytes"] > 0
    assert row["cpu_percent_of_host"] is not None
