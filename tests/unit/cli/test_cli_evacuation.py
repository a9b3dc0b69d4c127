"""`convirt server evacuate --check`, on a driver whose VMs cannot move: what it says, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from convirt_cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from labs.cli_here import ConvirtHere

CHECK = ("server", "evacuate", "lab", "--to", "two", "--check")


@pytest.fixture
def two(with_server: ConvirtHere, tmp_path: Path) -> ConvirtHere:
    """The servers `lab`, which has the VM `test`, and `two` without any."""
    path = tmp_path / "host.xml"
    path.write_text("<node/>")
    with_server.done("server", "add", "two", "--platform", "test", "--option", f"uri=test://{path}")
    return with_server


def test_it_names_each_vm_with_its_server_and_what_stands_against_it(two: ConvirtHere) -> None:
    lines = two(*CHECK).out.splitlines()
    assert lines[:2] == ["test to two", "==========="]
    assert lines[2].split() == ["SEVERITY", "CATEGORY", "FINDING"]
    assert lines[-1] == "0 of 1 can move; something stands against test."


def test_it_asks_nothing_begins_no_task_and_ends_as_refused(two: ConvirtHere) -> None:
    ran = two(*CHECK)
    assert (ran.code, ran.err) == (ExitCode.REFUSED, "")
    assert two.json("task", "list")["tasks"] == []


def test_in_json_it_has_the_findings_of_each_vm(two: ConvirtHere) -> None:
    answer = two(*CHECK, "--json").json
    (vm,) = answer["vms"]
    assert (answer["server"], vm["vm"], vm["server"], vm["destination"], vm["moved"]) == (
        *("lab", "test", "lab", "two"),
        False,
    )
    assert "error" in {finding["severity"] for finding in vm["findings"]}


def test_that_no_server_answers_is_said_of_each_vm(two: ConvirtHere, tmp_path: Path) -> None:
    two.done("server", "add", "three", "--platform", "test", "--option", f"uri=test://{tmp_path}/host.xml")
    (tmp_path / "host.xml").unlink()
    ran = two("server", "evacuate", "lab", "--check")
    assert ran.code == ExitCode.REFUSED
    assert "No server answers that test could go to." in ran.err


def test_of_a_server_without_vms_there_is_nothing_to_say(two: ConvirtHere) -> None:
    assert two.done("server", "evacuate", "two", "--to", "lab", "--check") == "two has no VMs.\n"
