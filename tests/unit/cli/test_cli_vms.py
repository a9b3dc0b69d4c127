"""VMs of libvirt's test driver, through the command line."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import libvirt
import pytest

from convirt_cli.commands.vm import edit

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = "name = 'web1'\nmemory = 64\nvcpus = 1\n"


@pytest.fixture
def web1(with_server, tmp_path: Path):
    """The same, with the stopped VM `web1`."""
    file = tmp_path / "web1.conf"
    file.write_text(CONFIG)
    assert with_server("vm", "create", str(file)).code == 0
    return with_server


def state(convirt, name: str) -> str:
    return next(vm["state"] for vm in convirt.json("vm", "list")["vms"] if vm["name"] == name)


def test_a_list_shows_every_vm_and_marks_those_that_are_managed(web1) -> None:
    vms = web1.json("vm", "list")["vms"]
    assert {vm["name"]: vm["managed"] for vm in vms} == {"test": False, "web1": True}
    lines = web1("vm", "list").out.splitlines()
    assert lines[0].split() == ["VM", "SERVER", "STATE", "MEMORY", "VCPUS", "MANAGED"]
    assert lines[2].split() == ["web1", "lab", "stopped", "64", "MiB", "1", "yes"]


def test_a_list_can_be_narrowed(web1) -> None:
    web1("pool", "add", "empty")
    assert [vm["name"] for vm in web1.json("vm", "list", "--state", "stopped")["vms"]] == ["web1"]
    assert len(web1.json("vm", "list", "--server", "lab")["vms"]) == 2
    assert web1.json("vm", "list", "--pool", "empty")["vms"] == []


def test_a_vm_that_was_defined_outside_is_started_and_imported(with_server, driver: libvirt.virConnect) -> None:
    driver.defineXML("<domain type='test'><name>outside</name><memory>8192</memory><os><type>hvm</type></os></domain>")
    assert with_server("vm", "start", "outside").code == 0
    assert with_server("vm", "import", "outside").out == "outside is managed now.\n"
    assert {vm["name"]: vm["managed"] for vm in with_server.json("vm", "list")["vms"]}["outside"] is True


def test_the_life_of_a_vm(web1) -> None:
    for operation, after in (
        ("start", "running"),
        ("pause", "paused"),
        ("resume", "running"),
        ("reboot", "running"),
        ("shutdown", "stopped"),
        ("start", "running"),
        ("kill", "stopped"),
    ):
        ran = web1("vm", operation, "web1", "--deadline", "5")
        assert ran.code == 0, ran.err
        assert state(web1, "web1") == after


def test_several_vms_are_worked_on_in_one_command(web1) -> None:
    ran = web1("vm", "start", "web1", "nosuch", "test", "--json")
    assert ran.code == 9
    assert [(one["target"], one["ok"]) for one in ran.json["results"]] == [
        ("web1", True),
        ("nosuch", False),
        ("test", False),
    ]
    assert ran.json["results"][2]["error"]["kind"] == "wrong-state"


def test_a_name_that_nothing_has_is_one_sentence(with_server) -> None:
    ran = with_server("vm", "start", "nosuch")
    assert (ran.code, ran.out) == (3, "")
    assert "nosuch" in ran.err
    assert "Traceback" not in ran.err


def test_a_state_that_does_not_allow_it_is_refused(web1) -> None:
    assert web1("vm", "resume", "web1").code == 4


def test_a_saved_vm_is_restored_from_its_file(web1, tmp_path: Path) -> None:
    web1("vm", "start", "web1")
    path = str(tmp_path / "saved")
    assert web1("vm", "save", "web1", "--to", path).code == 0
    assert state(web1, "web1") == "stopped"
    assert web1("vm", "restore", path).code == 0
    assert state(web1, "web1") == "running"


def test_a_vm_that_the_hypervisor_saved_goes_on_when_started(web1) -> None:
    web1("vm", "start", "web1")
    assert web1("vm", "save", "web1").code == 0
    assert state(web1, "web1") == "saved"
    assert web1("vm", "start", "web1").code == 0


def test_one_file_is_for_one_vm(web1) -> None:
    assert web1("vm", "save", "web1", "test", "--to", "/x").code == 2


def test_the_definition_is_changed(web1, driver: libvirt.virConnect) -> None:
    done = web1.json("vm", "set", "web1", "memory=128M", "vcpus=2", "description=a=b")["done"]
    assert done
    config = web1.json("vm", "info", "web1")["config"]
    assert (config["memory"], config["vcpus"], config["description"]) == (128, 2, "a=b")
    assert web1("vm", "set", "web1", "--unset", "description").code == 0
    assert "description" not in web1.json("vm", "info", "web1")["config"]
    assert web1("vm", "set", "web1", "--notes", "mine").code == 0


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


def test_a_vm_is_shown_in_sections(web1) -> None:
    shown = web1("vm", "info", "web1").out
    assert shown.startswith("VM\n")
    assert "64.0 MiB" in shown


def test_several_vms_are_shown_under_their_names(web1) -> None:
    shown = web1("vm", "info", "web1", "test", "web1").out
    assert shown.startswith("web1\n====\nVM\n")
    assert shown.count("\n\ntest\n====\nVM\n") == 1
    results = web1.json("vm", "info", "web1", "test")["results"]
    assert [(one["target"], one["ok"], one["vm"]["state"]) for one in results] == [
        ("web1", True, "stopped"),
        ("test", True, "running"),
    ]
    assert results[0]["config"]["memory"] == 64


def test_of_several_vms_one_that_is_not_there_is_its_own_failure(web1) -> None:
    ran = web1("vm", "info", "nosuch", "web1", "--json")
    assert ran.code == 9
    assert [(one["ok"], "vm" in one) for one in ran.json["results"]] == [(False, False), (True, True)]
    assert ran.json["results"][0]["error"]["kind"] == "not-found"
    assert ran.err.startswith("nosuch: ")
    assert web1("vm", "info", "nosuch", "neither").code == 3


def test_a_vm_is_defined_from_a_python_config_file_or_from_native_text(with_server, tmp_path: Path) -> None:
    config, native = tmp_path / "a.conf", tmp_path / "b.xml"
    config.write_text(CONFIG)
    native.write_text("<domain type='test'><name>n</name><memory>8192</memory><os><type>hvm</type></os></domain>")
    assert with_server.json("vm", "create", str(config), "--name", "other")["vm"] == "other"
    assert with_server.json("vm", "create", str(native), "--server", "lab")["vm"] == "n"
    assert with_server("vm", "create", str(native), "--name", "x").code == 2


@pytest.mark.parametrize(
    "text",
    [
        "memory = 64\n",
        "name = __import__('os')\n",
        "name = '../up'\nmemory = 64\n",
        "name = 'x'\nmemory = -5\n",
        "<!DOCTYPE d [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><domain><name>&b;</name></domain>",
        "<domain>",
    ],
)
def test_a_definition_that_cannot_be_is_one_sentence(with_server, tmp_path: Path, text: str) -> None:
    file = tmp_path / "definition"
    file.write_text(text)
    ran = with_server("vm", "create", str(file))
    assert ran.code == 2, ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err


def test_a_definition_is_edited_with_the_persons_editor(web1, tmp_path: Path, monkeypatch) -> None:
    editor = script(tmp_path / "editor", 'sed -i s/65536/131072/ "$1"')
    monkeypatch.setenv("EDITOR", editor)
    answered = web1.json("vm", "edit", "web1")
    assert answered["changed"] is True
    assert web1.json("vm", "info", "web1")["vm"]["memory_bytes"] == 128 << 20
    monkeypatch.setenv("EDITOR", "true")
    assert web1.json("vm", "edit", "web1")["changed"] is False


def test_an_edit_of_a_definition_that_changed_meanwhile_is_refused_and_kept(
    web1, tmp_path: Path, monkeypatch, driver: libvirt.virConnect
) -> None:
    xml = driver.lookupByName("web1").XMLDesc().replace("65536", "98304")
    monkeypatch.setenv("EDITOR", script(tmp_path / "editor", 'sed -i s/65536/131072/ "$1"'))
    edited = changed_while_the_editor_runs(driver, xml, monkeypatch)
    ran = web1("vm", "edit", "web1")
    assert edited
    assert ran.code == 4
    assert "kept in" in ran.err


def changed_while_the_editor_runs(driver, xml, monkeypatch) -> list[str]:
    seen = []
    run_editor = edit._run_editor

    def changing(path: Path) -> None:
        run_editor(path)
        driver.defineXML(xml)
        seen.append(str(path))

    monkeypatch.setattr(edit, "_run_editor", changing)
    return seen


def test_an_editor_that_fails_writes_nothing(web1, monkeypatch) -> None:
    monkeypatch.setenv("EDITOR", "false")
    assert web1("vm", "edit", "web1").code == 1
    monkeypatch.setenv("EDITOR", "/nosuch/editor")
    assert web1("vm", "edit", "web1").code == 2


def test_a_definition_is_replaced_from_a_file(web1, tmp_path: Path, driver: libvirt.virConnect) -> None:
    file = tmp_path / "new.xml"
    file.write_text(driver.lookupByName("web1").XMLDesc().replace("65536", "131072"))
    assert web1("vm", "edit", "web1", "--file", str(file), "--force").code == 0
    assert web1.json("vm", "info", "web1")["vm"]["memory_bytes"] == 128 << 20


def test_snapshots_are_kept_listed_gone_back_to_and_forgotten(web1) -> None:
    assert web1("vm", "snapshot", "list", "web1").out == "web1 has no snapshots.\n"
    assert web1("vm", "snapshot", "create", "web1", "s1", "--description", "before").code == 0
    listed = web1.json("vm", "snapshot", "list", "web1")["snapshots"]
    assert [(one["name"], one["description"], one["is_current"]) for one in listed] == [("s1", "before", True)]
    assert "s1 *" in web1("vm", "snapshot", "list", "web1").out
    assert web1("vm", "snapshot", "revert", "web1", "s1").code == 2
    assert web1("vm", "snapshot", "revert", "web1", "s1", "--yes").code == 0
    assert web1("vm", "snapshot", "delete", "web1", "s1", "--yes").code == 0
    assert web1.json("vm", "snapshot", "list", "web1")["snapshots"] == []


def test_a_vm_is_cloned(web1) -> None:
    cloned = web1.json("vm", "clone", "web1", "web2")
    assert cloned["vm"] == "web2"
    assert {vm["name"] for vm in web1.json("vm", "list")["vms"]} == {"test", "web1", "web2"}


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


def test_a_vm_is_removed_after_a_yes(web1) -> None:
    assert web1("vm", "remove", "web1").code == 2
    assert web1("vm", "remove", "web1", "--yes").code == 0
    assert {vm["name"] for vm in web1.json("vm", "list")["vms"]} == {"test"}


def test_of_a_vm_that_was_removed_outside_the_record_goes(web1, driver: libvirt.virConnect, tmp_path: Path) -> None:
    """Although the name of another begins so."""
    file = tmp_path / "web10.conf"
    file.write_text(CONFIG.replace("web1", "web10"))
    web1.done("vm", "create", str(file))
    driver.lookupByName("web1").undefine()
    assert "Remove the record of lab/web1 (" in web1("vm", "remove", "web1").err
    assert "its record was removed" in web1.done("vm", "remove", "lab/web1", "--yes")
    assert web1("vm", "remove", "web1", "--yes").code == 3
    assert {vm["name"] for vm in web1.json("vm", "list")["vms"]} == {"test", "web10"}


def test_without_a_question_only_a_whole_name_loses_anything(web1) -> None:
    web1("vm", "snapshot", "create", "web1", "s1")
    for words in (["remove", "web"], ["snapshot", "revert", "web", "s1"], ["snapshot", "delete", "web", "s1"]):
        ran = web1("vm", *words, "--yes")
        assert ran.code == 3
        assert "the beginning of lab/web1" in ran.err
    assert web1("vm", "remove", "lab/web1", "--yes").code == 0


def test_the_question_before_a_removal_names_the_vm_in_full(web1) -> None:
    assert "Remove lab/web1 (with" in web1("vm", "remove", "web").err


def test_a_server_is_removed_after_a_question_that_names_the_vms_it_manages(web1) -> None:
    assert "Remove lab and what is recorded of its VM web1 from" in web1("server", "remove", "lab").err
    web1.done("vm", "import", "test")
    told = web1.done("server", "remove", "lab", "--yes", "--force")
    assert told == "Removed the server lab; its VMs test, web1 stayed on it, unmanaged.\n"


def test_a_vm_without_a_serial_line_has_no_console(with_server) -> None:
    assert with_server("vm", "console", "test").code == 4


def test_statistics_have_a_row_for_each_vm(web1) -> None:
    answered = web1.json("stats", "lab", "--interval", "0.1")
    assert [(vm["name"], vm["server"]) for vm in answered["vms"]] == [("test", "lab"), ("web1", "lab")]
    assert answered["servers"][0]["memory_total_bytes"] > 0
    assert "CPU TIME" in web1("stats", "--interval", "0").out


def test_without_a_server_the_commands_say_what_to_do(convirt, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(CONFIG)
    ran = convirt("vm", "create", str(tmp_path / "x"))
    assert ran.code == 2
    assert "convirt server add" in ran.err
    assert "convirt server add" in convirt("vm", "list").out


def test_with_several_servers_one_must_be_said(with_server, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(CONFIG)
    host = tmp_path / "host.xml"
    host.write_text(
        "<node><domain type='test'><name>t</name><memory>8192</memory><os><type>hvm</type></os></domain></node>"
    )
    assert with_server("server", "add", "two", "--platform", "test", "--option", f"uri=test://{host}").code == 0
    ran = with_server("vm", "create", str(tmp_path / "x"))
    assert ran.code == 2
    assert "lab, two" in ran.err


@pytest.fixture
def with_silent_server(with_server, tmp_path: Path):
    """The same, with the server `two` that no longer answers."""
    host = tmp_path / "host.xml"
    host.write_text(
        "<node><domain type='test'><name>t</name><memory>8192</memory><os><type>hvm</type></os></domain></node>"
    )
    with_server.done("server", "add", "two", "--platform", "test", "--option", f"uri=test://{host}")
    host.unlink()
    return with_server


def test_a_vm_that_may_be_on_a_server_that_is_silent_is_not_available(with_silent_server) -> None:
    ran = with_silent_server("vm", "start", "nosuch")
    assert ran.code == 5
    assert "two: " in ran.err
    assert with_silent_server("vm", "start", "lab/nosuch").code == 3
    assert with_silent_server("vm", "info", "test").code == 0


def test_a_vm_of_a_server_whose_plugin_is_switched_off_is_a_matter_of_plugins(with_server, monkeypatch) -> None:
    monkeypatch.setenv("CONVIRT_DISABLE_PLUGINS", "platforms:test")
    assert with_server("vm", "start", "nosuch").code == 8


def test_a_server_that_does_not_answer_is_only_its_own_error(with_silent_server) -> None:
    ran = with_silent_server("vm", "list", "--json")
    assert ran.code == 9
    assert [vm["name"] for vm in ran.json["vms"]] == ["test"]
    assert {server["name"]: "error" in server for server in ran.json["servers"]} == {"lab": False, "two": True}
    assert ran.err.startswith("two: ")


def script(path: Path, line: str) -> str:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_json_is_one_document(web1) -> None:
    assert isinstance(json.loads(web1("vm", "list", "--json").out), dict)
