"""What is set of a VM through the command line, and what is attached to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libvirt
import pytest

if TYPE_CHECKING:
    from pathlib import Path


def test_the_definition_is_changed(web1, driver: libvirt.virConnect) -> None:
    done = web1.json("vm", "set", "web1", "memory=128M", "vcpus=2", "description=a=b")["done"]
    assert done
    config = web1.json("vm", "info", "web1")["config"]
    assert (config["memory"], config["vcpus"], config["description"]) == (128, 2, "a=b")
    assert web1("vm", "set", "web1", "--unset", "description").code == 0
    assert "description" not in web1.json("vm", "info", "web1")["config"]
    assert web1("vm", "set", "web1", "--notes", "mine").code == 0


def test_a_limit_that_a_size_moves_is_named_with_it(web1) -> None:
    assert "changed: memory, maxmem." in web1.done("vm", "set", "web1", "memory=96")
    assert web1.json("vm", "info", "web1")["config"]["maxmem"] == 96
    web1.done("vm", "set", "web1", "maxmem=256")
    assert "changed: memory." in web1.done("vm", "set", "web1", "memory=80")


def test_a_vm_gets_deadlines_of_its_own_and_loses_them(web1) -> None:
    done = web1.json("vm", "set", "web1", "--deadline", "shutdown=300", "--deadline", "managed-save=0.5")["done"]
    assert done[0] == "The shutdown of web1 may take 300 s."
    sections = {one["title"]: one["values"] for one in web1.json("vm", "info", "web1")["sections"]}
    assert sections["Deadlines of its own"] == {"shutdown_seconds": 300.0, "managed_save_seconds": 0.5}
    assert "300.0 s" in web1("vm", "info", "web1").out
    web1.done("vm", "set", "web1", "--deadline", "shutdown=", "--deadline", "managed-save=")
    assert "Deadlines" not in web1("vm", "info", "web1").out


@pytest.mark.parametrize("words", ["shutdown=soon", "shutdown=-1", "shutdown=nan", "start=1e9", "dance=5", "migrate=5"])
def test_a_deadline_that_cannot_be_is_refused_and_nothing_is_changed(web1, words: str) -> None:
    ran = web1("vm", "set", "web1", "memory=128", "--deadline", "pause=9", "--deadline", words)
    assert (ran.code, ran.out) == (2, "")
    info = web1.json("vm", "info", "web1")
    assert info["config"]["memory"] == 64
    assert "Deadlines of its own" not in {one["title"] for one in info["sections"]}


@pytest.mark.parametrize("option", [["--notes", "x"], ["--deadline", "start=9"]])
def test_of_a_vm_without_a_record_nothing_is_written_and_nothing_changed(web1, option: list[str]) -> None:
    ran = web1("vm", "set", "test", "memory=128", *option)
    assert ran.code == 3
    assert "convirt vm import test" in ran.err
    assert web1.json("vm", "info", "test")["config"]["memory"] != 128


def test_a_running_vm_is_changed_where_it_was_said(web1) -> None:
    web1("vm", "set", "web1", "maxmem=256", "memory=128")
    web1("vm", "start", "web1")
    assert web1("vm", "set", "web1", "memory=64", "--live").code == 0
    info = web1.json("vm", "info", "web1")
    assert info["config"]["memory"] == 128
    assert info["vm"]["memory_bytes"] == 64 << 20
    assert web1("vm", "set", "web1", "memory=96", "--both").code == 0
    assert web1.json("vm", "info", "web1")["config"]["memory"] == 96
    assert web1("vm", "set", "web1", "memory=80", "--stored").code == 0
    assert web1.json("vm", "info", "web1")["vm"]["memory_bytes"] == 96 << 20


def test_what_a_running_vm_cannot_grow_to_counts_later_and_no_task_says_that_it_failed(web1) -> None:
    web1.done("vm", "start", "web1")
    assert "It counts from the next start on: web1 can grow to 64 MiB" in web1.done("vm", "set", "web1", "memory=200")
    assert web1.json("vm", "info", "web1")["config"]["memory"] == 200
    assert {task["state"] for task in web1.json("task", "list")["tasks"]} == {"done"}


@pytest.mark.parametrize("change", ["memory=-5", "memory=lots", "vif=[__import__('os')]", "nonsense"])
def test_a_change_that_makes_no_sense_is_one_sentence(web1, change: str) -> None:
    ran = web1("vm", "set", "web1", change)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err


def test_a_value_of_digits_is_a_text_where_the_key_is_one(web1) -> None:
    web1.done("vm", "set", "web1", "description=42", "vcpus=2", "acpi=1")
    config = web1.json("vm", "info", "web1")["config"]
    assert (config["description"], config["vcpus"], config["acpi"]) == ("42", 2, 1)


def test_a_password_need_not_stand_on_the_command_line(web1, driver: libvirt.virConnect) -> None:
    assert web1("vm", "set", "web1", "vncpasswd=-", stdin="12345678\nrest\n").code == 0
    assert "passwd='12345678'" in driver.lookupByName("web1").XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE)


@pytest.mark.parametrize("password", ["123456789", "hunter2\x01", "[hunter2", "[hunter2]", "\udcffhunter"])
def test_a_password_that_is_refused_is_nowhere_to_be_read(web1, home: Path, password: str) -> None:
    ran = web1("vm", "set", "web1", f"vncpasswd={password}x")
    assert ran.code == 2
    assert password.strip("[]\x01\udcff") not in ran.out + ran.err
    written = b"".join(file.read_bytes() for file in (home / "data").rglob("*") if file.is_file())
    assert password.strip("[]\x01\udcff").encode() not in written


def test_nothing_to_change_is_said(web1) -> None:
    assert web1("vm", "set", "web1").code == 2


def test_a_vm_starts_with_its_server_or_not(web1) -> None:
    assert web1("vm", "autostart", "web1").code == 0
    assert web1.json("vm", "info", "web1")["vm"]["autostart"] is True
    assert web1("vm", "autostart", "web1", "--off").code == 0
    assert web1.json("vm", "info", "web1")["vm"]["autostart"] is False


def test_a_disk_and_a_network_card_are_attached_and_detached(web1) -> None:
    attached = web1.json("vm", "attach", "disk", "web1", "/tmp/disk.img")
    assert attached["target"] == "vda"
    second = web1.json("vm", "attach", "disk", "web1", "/tmp/disk2.img", "--format", "raw", "--read-only")
    assert second["target"] == "vdb"
    assert web1("vm", "attach", "nic", "web1", "--network", "default", "--mac", "52:54:00:AA:BB:CC").code == 0
    info = web1.json("vm", "info", "web1")
    assert [disk["target"] for disk in info["disks"]] == ["vda", "vdb"]
    assert [nic["mac"] for nic in info["nics"]] == ["52:54:00:aa:bb:cc"]
    assert web1("vm", "detach", "disk", "web1", "vdb").code == 0
    assert web1("vm", "detach", "nic", "web1", "52:54:00:AA:BB:CC").code == 0
    assert web1.json("vm", "info", "web1")["nics"] == []


def test_a_network_card_is_connected_to_one_thing(web1) -> None:
    assert web1("vm", "attach", "nic", "web1").code == 2
    assert web1("vm", "attach", "nic", "web1", "--network", "a", "--bridge", "b").code == 2
