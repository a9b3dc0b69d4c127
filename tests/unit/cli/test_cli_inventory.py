"""Pools, servers, groups: what stands in the inventory."""

from __future__ import annotations

import pytest

# `convirt` runs command lines in an inventory of its own; `with_server` has the server `lab`.


def test_a_pool_is_added_renamed_given_variables_and_removed(convirt) -> None:
    assert convirt("pool", "list").out == "No pools. Add one: convirt pool add NAME\n"
    assert convirt("pool", "add", "web", "db").out == "Added the pool web.\nAdded the pool db.\n"
    assert convirt("pool", "rename", "we", "front").out == "The pool web is now front.\n"
    assert convirt.json("pool", "rename", "front", "facade")["pool"]["name"] == "facade"
    convirt("pool", "set", "facade", "VM_DISKS_DIR=/vms", "DEFAULT_BRIDGE=br0")
    changed = convirt.json("pool", "set", "facade", "--unset", "DEFAULT_BRIDGE")
    assert changed["pool"]["variables"] == {"VM_DISKS_DIR": "/vms"}
    assert convirt.json("pool", "rename", "facade", "front")["pool"]["variables"] == {"VM_DISKS_DIR": "/vms"}
    removed = convirt.json("pool", "remove", "front", "db", "--yes")["results"]
    assert [one["ok"] for one in removed] == [True, True]
    assert convirt.json("pool", "list") == {"pools": []}


@pytest.mark.parametrize(
    "variable", ["VM_DISKS_DIR=vms", "VM_CONF_DIR=", "VM_IMAGES_DIR=/srv/../etc", "1st=x", "A-B=x", "A B=x", "A=1\n2"]
)
def test_a_variable_that_cannot_be_is_refused_in_one_sentence(convirt, variable: str) -> None:
    convirt.done("pool", "add", "lab")
    ran = convirt("pool", "set", "lab", "GOOD=1", variable)
    assert (ran.code, ran.out) == (2, "")
    assert variable.partition("=")[0] in ran.err.splitlines()[0]
    assert convirt.json("pool", "list")["pools"][0]["variables"] == {}


def test_a_pool_is_set_to_something(convirt) -> None:
    convirt.done("pool", "add", "lab")
    assert convirt("pool", "set", "lab").code == 2


def test_several_targets_each_have_their_result(convirt) -> None:
    assert convirt.json("pool", "add", "a")["results"][0]["message"] == "Added the pool a."
    ran = convirt("pool", "add", "a", "b", "--json")
    assert ran.code == 9
    assert [(one["target"], one["ok"]) for one in ran.json["results"]] == [("a", False), ("b", True)]
    assert ran.json["results"][0]["error"]["kind"] == "already-exists"
    assert ran.err.startswith("a: ")


def test_targets_that_fail_alike_give_their_own_exit_code(convirt) -> None:
    assert convirt("pool", "remove", "x", "y", "--yes").code == 3


@pytest.mark.parametrize("name", ["../up", "", "a/b", ".hidden", "x" * 64])
def test_a_name_that_cannot_be_is_refused_in_one_sentence(convirt, name: str) -> None:
    ran = convirt("pool", "add", "--", name)
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be the name of a pool" in ran.err
    assert "Traceback" not in ran.err


def test_nothing_is_removed_without_a_yes(convirt) -> None:
    convirt("pool", "add", "a")
    ran = convirt("pool", "remove", "a")
    assert ran.code == 2
    assert "--yes" in ran.err
    assert len(convirt.json("pool", "list")["pools"]) == 1


@pytest.mark.parametrize("kind", ["pool", "group"])
def test_without_a_question_only_a_whole_name_is_removed(convirt, kind: str) -> None:
    convirt(kind, "add", "web10")
    ran = convirt(kind, "remove", "web1", "--yes")
    assert ran.code == 3
    assert "the beginning of web10" in ran.err
    assert [one["name"] for one in convirt.json(kind, "list")[f"{kind}s"]] == ["web10"]


def test_a_question_names_what_is_meant_in_full(convirt) -> None:
    convirt("pool", "add", "web10")
    assert "Remove web10?" in convirt("pool", "remove", "web1").err


def test_a_server_is_added_to_a_pool_and_moved_out_of_it(convirt, driver) -> None:
    convirt("pool", "add", "web")
    way = ["--address", "local", "--user", "me", "--port", "22", "--option", "uri=test:///default"]
    added = convirt.json("server", "add", "lab", "--platform", "test", "--pool", "web", *way)
    assert added["server"]["pool"] == "web"
    assert added["server"]["options"] == {"uri": "test:///default"}
    assert convirt("pool", "remove", "web", "--yes").code == 4
    assert [one["name"] for one in convirt.json("server", "list", "--pool", "web")["servers"]] == ["lab"]
    assert "web" in convirt("pool", "list").out
    convirt("pool", "add", "other")
    assert convirt.json("server", "move", "lab", "--pool", "other")["results"][0]["ok"] is True
    assert convirt("server", "move", "lab", "--no-pool").out == "lab is now in no pool.\n"
    assert convirt.json("server", "list")["servers"][0]["pool"] is None


def test_a_server_goes_either_to_a_pool_or_out_of_one(with_server) -> None:
    assert with_server("server", "move", "lab").code == 2


def test_a_server_is_edited(with_server) -> None:
    edited = with_server.json(
        "server",
        "edit",
        "lab",
        "--name",
        "host1",
        "--user",
        "admin",
        "--port",
        "2222",
        "--option",
        "uri=test:///default",
    )["server"]
    assert (edited["name"], edited["user"], edited["ssh_port"]) == ("host1", "admin", 2222)
    assert edited["options"] == {"uri": "test:///default"}
    edited = with_server.json("server", "edit", "host1", "--unset-option", "uri", "--address", "local")["server"]
    assert (edited["options"], edited["address"]) == ({}, "local")


def test_an_option_that_the_platform_does_not_have_is_refused_with_those_it_has(convirt) -> None:
    ran = convirt("server", "add", "lab", "--platform", "test", "--option", "urri=x")
    assert ran.code == 2
    assert "uri" in ran.err
    ran = convirt("server", "add", "lab", "--platform", "test", "--option", "uri=qemu:///system")
    assert ran.code == 2


def test_a_server_is_looked_at_checked_and_connected(with_server) -> None:
    info = with_server.json("server", "info", "lab")
    assert info["sections"][0]["values"]["platform"] == "test"
    assert "Hypervisor" in with_server("server", "info", "lab").out
    checked = with_server.json("server", "check", "lab")
    assert {finding["severity"] for finding in checked["findings"]} == {"info"}
    assert with_server("server", "connect", "lab").out == "lab is up.\n"
    assert with_server.json("server", "connect", "lab")["results"][0]["message"] == "lab is up."


@pytest.mark.parametrize(
    "words",
    [("add", "other", "--platform", "test"), ("connect", "lab"), ("edit", "lab", "--name", "host1")],
    ids=lambda words: words[0],
)
def test_a_host_key_of_a_server_that_has_none_is_refused(with_server, words) -> None:
    ran = with_server("server", *words, "--host-key", f"SHA256:{'A' * 43}")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "Error: This machine is reached without a host key.\n  Leave --host-key out.\n"
    assert [one["name"] for one in with_server.json("server", "list", "--offline")["servers"]] == ["lab"]


@pytest.mark.parametrize("words", [("add", "other", "--platform", "test"), ("connect", "lab")], ids=lambda w: w[0])
def test_this_machine_takes_no_key(with_server, words) -> None:
    ran = with_server("server", *words, "--install-key")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "Error: This machine is reached without a key.\n  Leave --install-key out.\n"


def test_several_servers_are_looked_at_and_checked_at_once(with_server) -> None:
    ran = with_server("server", "info", "lab", "nosuch", "--json")
    assert ran.code == 9
    infos = ran.json["results"]
    assert [(one["target"], one["ok"]) for one in infos] == [("lab", True), ("nosuch", False)]
    assert infos[0]["server"]["name"] == "lab"
    assert infos[0]["sections"]
    checks = with_server("server", "check", "nosuch", "lab", "--json").json["results"]
    assert checks[1]["server"] == "lab"
    assert {finding["severity"] for finding in checks[1]["findings"]} == {"info"}
    assert with_server("server", "check", "lab", "nosuch").out.startswith("lab\n===\nSEVERITY")


def test_a_server_with_running_vms_is_removed_only_by_force(with_server) -> None:
    refused = with_server("server", "remove", "lab", "--yes")
    assert refused.code == 4
    removed = with_server.json("server", "remove", "lab", "--yes", "--force")["results"][0]
    assert removed["message"] == "Removed the server lab."
    assert with_server.json("server", "list") == {"servers": []}


def test_an_ambiguous_name_is_answered_with_the_candidates(convirt) -> None:
    convirt("pool", "add", "web1", "web2")
    ran = convirt("pool", "rename", "web", "x")
    assert ran.code == 3
    assert "web1" in ran.err
    assert "web2" in ran.err


def test_a_platform_that_is_not_installed_is_named(convirt) -> None:
    ran = convirt("server", "add", "lab", "--platform", "nosuch")
    assert ran.code == 3
    assert "nosuch" in ran.err


def test_a_failure_is_told_in_json_too(convirt) -> None:
    ran = convirt("server", "info", "nosuch", "--json")
    assert ran.code == 3
    assert ran.json["error"]["kind"] == "not-found"
    assert ran.err.startswith("Error: ")


def test_groups_of_images_are_added_renamed_and_removed(convirt) -> None:
    assert convirt.json("group", "add", "linux")["results"][0]["ok"] is True
    renamed = convirt.json("group", "rename", "linux", "unix")
    assert renamed["group"]["name"] == "unix"
    assert "unix" in convirt("group", "list").out
    assert convirt.json("group", "remove", "unix", "--yes")["results"][0]["ok"] is True
    assert convirt.json("group", "list") == {"groups": []}
