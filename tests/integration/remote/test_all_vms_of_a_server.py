"""What is done to all VMs of a server at once, and a definition that is written for virsh."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from labs.cli_here import ConvirtHere
from labs.guest import POWER_BUTTON, READY, LabGuest
from labs.sentences import check_one_sentence
from labs.two_hosts.lab import Lab

pytestmark = [pytest.mark.root, pytest.mark.guest]

USAGE, REFUSED = 2, 4
SLOW = ("--deadline", "90")


class Person(ConvirtHere):
    """A person's command line, and what they ask of all VMs of the server."""

    def of_all(self, operation: str, *options: str) -> list[str]:
        """Do it to all VMs of `h1`, which must succeed; return their names."""
        answer = self.json("vm", operation, "--all-of", "h1", *options)
        assert [result for result in answer["results"] if not result["ok"]] == []
        return sorted(result["target"] for result in answer["results"])

    def states(self) -> set[str]:
        """The states of all VMs."""
        return {vm["state"] for vm in self.json("vm", "list")["vms"]}


@pytest.fixture
def convirt(two_hosts: Lab, tmp_path: Path) -> Person:
    """The command line of a person who manages `h1`."""
    person = Person(tmp_path / "convirt", guest=True)
    person.environment["HOME"] = str(two_hosts.client.home)
    person.done("server", "add", "h1", "--address", "h1", "--platform", "kvm", "--option", "accelerator=tcg")
    return person


@pytest.fixture
def guests(two_hosts: Lab, make_guest_on: Callable[..., LabGuest]) -> list[LabGuest]:
    """All VMs of `h1`: two that do not run."""
    guests = [make_guest_on(two_hosts.h1, name) for name in ("one", "two")]
    for guest in guests:
        guest.define()
    return guests


def has_booted(guest: LabGuest, times: int) -> None:
    guest.wait_for(rf"(?s)({READY} token={guest.token}.*?){{{times}}}")


def test_all_vms_of_a_server_live_and_go(convirt: Person, guests: list[LabGuest], two_hosts: Lab) -> None:
    names = sorted(guest.name for guest in guests)

    assert convirt.of_all("autostart", "--on") == names
    assert two_hosts.h1.virsh("list", "--all", "--autostart", "--name").split() == names
    assert convirt.of_all("start") == names
    for guest in guests:
        has_booted(guest, 1)
    for operation, after in (("pause", "paused"), ("resume", "running")):
        assert convirt.of_all(operation) == names
        assert convirt.states() == {after}
    assert convirt.of_all("reboot", *SLOW) == names
    for guest in guests:
        has_booted(guest, 2)
    assert convirt.of_all("reset", "--yes") == names
    for guest in guests:
        has_booted(guest, 3)
    assert convirt.of_all("shutdown", *SLOW) == names
    for guest in guests:
        guest.wait_for(POWER_BUTTON)
    assert convirt.of_all("remove", "--yes") == names
    assert two_hosts.h1.virsh("list", "--all", "--name").split() == []


def test_nobody_pulls_every_plug_without_being_asked(convirt: Person, guests: list[LabGuest]) -> None:
    guests[0].virsh("start", guests[0].name)
    asked = convirt("vm", "kill", "--all-of", "h1")
    assert asked.code == USAGE
    check_one_sentence(asked.err, "Nobody is here to answer")
    assert guests[0].virsh("domstate", guests[0].name).strip() == "running"

    assert convirt.of_all("kill", "--yes") == [guests[0].name]


def test_a_definition_is_written_for_virsh(convirt: Person, guests: list[LabGuest]) -> None:
    guest = guests[0]
    convirt.done("vm", "set", guest.name, "memory=160")
    written = convirt.json("vm", "export", guest.name)
    assert written["vm"] == guest.name
    guest.virsh("undefine", guest.name)

    file = guest.folder / "exported.xml"
    file.write_text(written["text"])
    guest.virsh("define", str(file))

    assert convirt.json("vm", "info", guest.name)["config"]["memory"] == 160
    edited = convirt("vm", "export", guest.name, "--like", str(file))
    assert edited.code == REFUSED
    check_one_sentence(edited.err, "written whole")
