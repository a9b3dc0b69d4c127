"""VMs of libvirt's test driver, through the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    import libvirt


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
    assert "Save web1 on lab" in [task["title"] for task in web1.json("task", "list")["tasks"]]
    assert web1("vm", "start", "web1").code == 0


def test_one_file_is_for_one_vm(web1) -> None:
    assert web1("vm", "save", "web1", "test", "--to", "/x").code == 2


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


def test_a_vm_without_a_serial_line_has_no_console(with_server) -> None:
    assert with_server("vm", "console", "test").code == 4


def test_statistics_have_a_row_for_each_vm(web1) -> None:
    answered = web1.json("stats", "lab", "--interval", "0.1")
    assert [(vm["name"], vm["server"]) for vm in answered["vms"]] == [("test", "lab"), ("web1", "lab")]
    assert answered["servers"][0]["memory_total_bytes"] > 0
    assert "CPU TIME" in web1("stats", "--interval", "0").out


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


def test_json_is_one_document(web1) -> None:
    assert isinstance(json.loads(web1("vm", "list", "--json").out), dict)


def test_one_command_does_it_to_all_vms_of_a_server_that_allow_it(web1) -> None:
    ran = web1("vm", "shutdown", "--all-of", "lab", "--json")

    assert [one["target"] for one in ran.json["results"]] == ["test"]
    assert (state(web1, "test"), state(web1, "web1")) == ("stopped", "stopped")


def test_of_all_vms_of_a_server_those_that_are_stopped_are_removed_after_a_question(web1) -> None:
    assert "Remove lab/web1 (with" in web1("vm", "remove", "--all-of", "lab").err
    assert web1.done("vm", "remove", "--all-of", "lab", "--yes")

    assert [vm["name"] for vm in web1.json("vm", "list")["vms"]] == ["test"]


def test_before_the_plug_of_a_whole_server_is_pulled_that_is_asked(web1) -> None:
    ran = web1("vm", "kill", "--all-of", "lab")
    assert ran.code == 2
    assert "Pull the plug: test? Nobody is here to answer." in ran.err
    assert state(web1, "test") == "running"

    assert web1.done("vm", "kill", "--all-of", "lab", "--yes") == "test was killed.\n"


def test_with_none_that_allows_it_that_is_said(web1) -> None:
    assert web1.done("vm", "resume", "--all-of", "lab") == "lab has no VM to which this can be done now: resume.\n"
    assert web1.json("vm", "resume", "--all-of", "lab") == {"results": []}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "No VM was named"),
        (("web1", "--all-of", "lab"), "There are names of VMs beside --all-of."),
    ],
)
def test_vms_are_named_or_all_of_a_server_are_meant(web1, words: tuple[str, ...], sentence: str) -> None:
    ran = web1("vm", "start", *words)

    assert ran.code == 2
    assert sentence in ran.err
