"""A VM that was defined outside is there like any other; "managed" is a mark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from labs.guest import READY, LabGuest
from labs.managed import Lab

pytestmark = [pytest.mark.root, pytest.mark.guest]


@pytest.fixture
def guest(outside: Callable[..., LabGuest]) -> LabGuest:
    """A guest that virsh has defined."""
    guest = outside()
    guest.define()
    return guest


def listed(lab: Lab, name: str) -> dict[str, Any]:
    """A VM as the list shows it."""
    [found] = [vm for vm in lab.convirt.json("vm", "list")["vms"] if vm["name"] == name]
    return found


def test_it_is_listed_as_not_managed(lab: Lab, guest: LabGuest) -> None:
    assert listed(lab, guest.name)["managed"] is False


def test_the_list_for_people_marks_it(lab: Lab, guest: LabGuest) -> None:
    heading, *rows = lab.convirt.done("vm", "list").splitlines()

    [row] = [row for row in rows if guest.name in row]
    assert row[heading.index("MANAGED") :].split()[0] == "no"


def test_it_is_started(lab: Lab, guest: LabGuest) -> None:
    lab.convirt.done("vm", "start", guest.name)

    guest.wait_for(f"{READY} token={guest.token}")
    assert listed(lab, guest.name)["state"] == "running"


def test_it_is_imported(lab: Lab, guest: LabGuest) -> None:
    lab.convirt.done("vm", "import", guest.name)

    assert listed(lab, guest.name)["managed"] is True
