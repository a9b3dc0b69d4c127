"""Lists over many servers: their states, what lets wait, and answers that are not new."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from convirt_cli.commands.vm.list import code_of
from convirt_cli.exit_codes import ExitCode
from convirt_cli.failure import about
from convirt_core.errors import NotFound
from convirt_core.model import ManagedNode
from convirt_core.services.listed import ServerAnswer

if TYPE_CHECKING:
    from pathlib import Path

    from labs.cli_here import ConvirtHere

HOST = "<node><domain type='test'><name>t</name><memory>8192</memory><os><type>hvm</type></os></domain></node>"


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """The file of the server `two`; without it the server does not answer."""
    path = tmp_path / "host.xml"
    path.write_text(HOST)
    return path


@pytest.fixture
def two(with_server: ConvirtHere, host: Path) -> ConvirtHere:
    """The servers `lab` and `two`."""
    with_server.done("server", "add", "two", "--platform", "test", "--option", f"uri=test://{host}")
    return with_server


def test_servers_are_listed_with_their_states_and_vms(two: ConvirtHere) -> None:
    lines = two.done("server", "list").splitlines()
    assert lines[0].split() == ["SERVER", "POOL", "PLATFORM", "ADDRESS", "STATE", "VMS", "RUNNING"]
    assert [line.split()[4:] for line in lines[1:]] == [["up", "1", "1"]] * 2


def test_a_server_that_does_not_answer_is_listed_as_down_with_why(two: ConvirtHere, host: Path) -> None:
    host.unlink()
    ran = two("server", "list")
    assert ran.code == 0
    assert "two" in ran.out
    assert "down" in ran.out
    assert ran.err.startswith("two: Cannot connect to libvirt on two")


@pytest.mark.parametrize("words", [("server", "list"), ("vm", "list"), ("stats", "--interval", "0")])
def test_what_to_try_is_shown_of_a_server_that_does_not_answer(
    two: ConvirtHere, host: Path, words: tuple[str, ...]
) -> None:
    host.unlink()
    said = two(*words).err.splitlines()
    assert len(said) == 2
    assert said[0].startswith("two: Cannot connect to libvirt on two")
    assert said[1].startswith("  Check that libvirtd runs there")


def test_in_json_it_has_its_reason_and_no_age(two: ConvirtHere, host: Path) -> None:
    host.unlink()
    lab, silent = two.json("server", "list")["servers"]
    assert (lab["state"], lab["reason"], lab["vms"], "error" in lab) == ("up", "", 1, False)
    assert (silent["state"], silent["age_seconds"], silent["vms"]) == ("down", None, None)
    assert silent["reason"] == silent["error"]["message"]


def test_an_answer_that_was_never_given_has_no_age_in_a_list_of_vms(two: ConvirtHere, host: Path) -> None:
    host.unlink()
    listed = json.loads(two("vm", "list", "--json").out)["servers"]
    assert [one["age_seconds"] for one in listed] == [0.0, None]


def test_that_there_are_no_vms_is_said_of_the_servers_that_answered_only(two: ConvirtHere, host: Path) -> None:
    words = ("vm", "list", "--state", "crashed")
    assert two.done(*words) == "No VMs.\n"
    host.unlink()
    ran = two(*words)
    assert (ran.code, ran.out) == (9, "No VMs on the servers that answered.\n")


def test_offline_asks_nobody(two: ConvirtHere, host: Path) -> None:
    host.unlink()
    ran = two("server", "list", "--offline")
    assert (ran.code, ran.err) == (0, "")
    assert {one["state"] for one in two.json("server", "list", "--offline")["servers"]} == {"unknown"}


def test_an_answer_that_is_young_enough_is_taken_from_an_earlier_command(two: ConvirtHere, host: Path) -> None:
    two.done("vm", "list", "--max-age", "60")
    host.unlink()
    answer = two.json("vm", "list", "--max-age", "60")
    assert sorted(vm["name"] for vm in answer["vms"]) == ["t", "test"]
    assert all(0 <= server["age_seconds"] < 60 for server in answer["servers"])
    assert two.json("server", "list", "--max-age", "60")["servers"][1]["state"] == "up"


def test_a_server_that_is_removed_leaves_no_earlier_answer_behind(two: ConvirtHere) -> None:
    two.done("vm", "list", "--max-age", "60")
    two.done("server", "remove", "two", "--force", "--yes")
    [lab] = two.json("server", "list")["servers"]
    assert [path.stem for path in (two.home / "data" / "answers").iterdir()] == [lab["id"]]


def test_a_person_is_told_how_old_it_is(two: ConvirtHere) -> None:
    two.done("vm", "list", "--max-age", "60")
    assert "lab: Shown as it was less than a second ago." in two("vm", "list", "--max-age", "60").err


def test_without_an_age_every_server_is_asked(two: ConvirtHere, host: Path) -> None:
    two.done("vm", "list", "--max-age", "60")
    host.unlink()
    assert two("vm", "list").code == 9


def test_an_answer_that_is_too_old_is_not_taken(two: ConvirtHere, host: Path) -> None:
    two.done("vm", "list", "--max-age", "60")
    host.unlink()
    time.sleep(0.05)
    assert two("vm", "list", "--max-age", "0.01").code == 9


def test_a_listing_without_an_age_keeps_nothing(two: ConvirtHere) -> None:
    two.done("vm", "list")
    assert not (two.home / "data" / "answers").exists()


def test_a_server_does_not_answer_later_than_the_deadline(two: ConvirtHere) -> None:
    for what in ("vm", "server"):
        assert two(what, "list", "--deadline", "5").code == 0
    assert two("server", "list", "--deadline", "0").code == 2


def test_watching_writes_a_line_for_each_state(two: ConvirtHere) -> None:
    lines = two.done("server", "list", "--watch", "--timeout", "1").splitlines()
    states = {name: [line.split()[3] for line in lines if line.split()[2] == name] for name in ("lab", "two")}
    order = ["unknown", "connecting", "up"]
    assert all(seen == order[-len(seen) :] for seen in states.values()), lines


def test_watching_writes_an_object_in_each_line_of_json(two: ConvirtHere) -> None:
    lines = two.done("server", "list", "--watch", "--timeout", "1", "--json").splitlines()
    states = [one["state"] for line in lines for one in json.loads(line)["servers"] if one["name"] == "two"]
    assert states[-1] == "up"


def test_watching_sees_a_server_that_is_lost_and_back(two: ConvirtHere, host: Path) -> None:
    host.unlink()
    lines = two.done("server", "list", "--watch", "--timeout", "1").splitlines()
    assert any(line.split()[2:4] == ["two", "down"] and "Cannot connect" in line for line in lines)


def test_watching_only_a_pool(two: ConvirtHere) -> None:
    two.done("pool", "add", "p")
    two.done("server", "move", "two", "--pool", "p")
    lines = two.done("server", "list", "--watch", "--timeout", "0.5", "--pool", "p").splitlines()
    assert {line.split()[2] for line in lines} == {"two"}


def test_watching_and_asking_nobody_exclude_each_other(two: ConvirtHere) -> None:
    assert two("server", "list", "--watch", "--offline").code == 2


def test_watching_nothing_says_so(convirt: ConvirtHere) -> None:
    assert "No servers." in convirt("server", "list", "--watch", "--timeout", "0.1").err


def test_ctrl_c_leaves_with_the_code_of_ctrl_c_and_without_a_word(two: ConvirtHere, program: list[str]) -> None:
    command = [*program, "server", "list", "--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        while "up" not in watching.stdout.readline():
            pass
        watching.send_signal(signal.SIGINT)
        _, said = watching.communicate(timeout=10)
    assert (watching.returncode, said.strip()) == (130, "")


def test_a_list_says_that_no_server_answered(two: ConvirtHere, host: Path) -> None:
    host.unlink()
    ran = two("vm", "list", "--server", "two")
    assert (ran.code, ran.out) == (5, "No server answered.\n")


def test_a_server_without_its_hypervisor_does_not_answer() -> None:
    node = ManagedNode("1", "h2", "kvm")
    missing = ServerAnswer(node, error=NotFound("There is no libvirt on h2."))
    assert code_of([missing]) is ExitCode.UNAVAILABLE
    assert code_of([missing, ServerAnswer(node)]) is ExitCode.PARTLY


def test_a_name_is_not_said_twice() -> None:
    assert about("h1", "h1 did not answer within 3 s.") == "h1 did not answer within 3 s."
    assert about("h1", "Nobody answers.") == "h1: Nobody answers."
