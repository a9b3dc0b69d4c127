"""`convirt server evacuate --check`: what it says, and how it ends, where VMs can move and where they cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from labs.toy.application import ToyApplication
from labs.toy.hypervisor import Machine
from labs.toy.plugins import World

from convirt_cli.exit_codes import ExitCode
from convirt_core.app import Application
from convirt_core.errors import ServerUnavailable
from convirt_core.model import VMState
from convirt_core.services.migration import choosing

if TYPE_CHECKING:
    from pathlib import Path

    from labs.cli_here import ConvirtHere

    from convirt_core.services.listed import ListedVM

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


def test_a_server_is_not_emptied_into_itself_and_nobody_is_asked(two: ConvirtHere) -> None:
    ran = two("server", "evacuate", "lab", "--to", "lab")

    assert ran.code == ExitCode.USAGE
    assert "no other server" in ran.err
    assert "Move all" not in ran.err


# -- where VMs can move ------------------------------------------------------------------------------------------------


@pytest.fixture
def world(convirt: ConvirtHere, monkeypatch: pytest.MonkeyPatch) -> World:
    """The toy servers `lab`, where `a` and `b` of 200 MiB run, and `two` without VMs."""
    world = World()
    monkeypatch.setattr(Application, "open", lambda settings, **_: ToyApplication(settings, world))
    for name in ("lab", "two"):
        convirt.done("server", "add", name, "--platform", "toy")
    for name in ("a", "b"):
        values = {"name": name, "uuid": name, "memory": 200}
        world["lab"].machines[name] = Machine(values, VMState.RUNNING)
    return world


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of VMs at which nobody can look, as a server does not answer meanwhile."""
    names, make_plan = set[str](), choosing.make_plan

    def make(guard: object, vm: ListedVM, *rest: object, **more: object) -> object:
        if vm.name in names:
            raise ServerUnavailable("two does not answer.")
        return make_plan(guard, vm, *rest, **more)

    monkeypatch.setattr(choosing, "make_plan", make)
    return names


def test_that_all_can_move_is_said_and_is_done(convirt: ConvirtHere, world: World) -> None:
    ran = convirt(*CHECK)
    assert (ran.code, ran.err) == (ExitCode.DONE, "")
    assert "Nothing stands against moving a to two." in ran.out
    assert ran.out.endswith("\nAll 2 can move.\n")
    assert [sorted(world[name].machines) for name in ("lab", "two")] == [["a", "b"], []]


def test_two_that_have_room_for_one_are_refused_with_what_is_short(convirt: ConvirtHere, world: World) -> None:
    world["two"].memory_free_bytes = 300 << 20
    ran = convirt(*CHECK, "--json")
    errors = [
        [finding["code"] for finding in vm["findings"] if finding["severity"] == "error"] for vm in ran.json["vms"]
    ]
    assert (ran.code, errors) == (ExitCode.REFUSED, [[], ["memory-short"]])


def test_two_that_have_room_for_one_are_counted(convirt: ConvirtHere, world: World) -> None:
    world["two"].memory_free_bytes = 300 << 20
    assert convirt(*CHECK).out.endswith("\n1 of 2 can move; something stands against b.\n")


def test_a_server_that_falls_silent_meanwhile_is_unavailable(
    convirt: ConvirtHere, world: World, silent: set[str]
) -> None:
    silent.add("b")
    ran = convirt(*CHECK)
    assert ran.code == ExitCode.UNAVAILABLE
    assert "two does not answer." in ran.err


def test_one_refused_and_one_not_looked_at_is_partly(convirt: ConvirtHere, world: World, silent: set[str]) -> None:
    silent.add("b")
    world["two"].memory_free_bytes = 100 << 20
    assert convirt(*CHECK).code == ExitCode.PARTLY


def test_a_server_to_evacuate_that_does_not_answer_is_unavailable(convirt: ConvirtHere, world: World) -> None:
    world["lab"].errors["connect"] = [ServerUnavailable("It is off.")] * 20
    assert convirt(*CHECK).code == ExitCode.UNAVAILABLE
