"""Where a VM is after its move was cut off, by what both servers say."""

from __future__ import annotations

import pytest

from convirt_core.errors import ServerUnavailable
from convirt_core.model import VMState
from convirt_core.platforms import VM
from convirt_core.services.migration.places import Place, Sight, place_of_running, place_of_stopped


def sight(state: VMState | None, *, moving: bool = False) -> Sight:
    if state is VMState.UNKNOWN:
        return Sight(error=ServerUnavailable("It does not answer."))
    if state is None:
        return Sight()
    return Sight(VM("key", "web1", state, frozenset()), moving)


RUNNING, PAUSED, STOPPED, UNKNOWN = VMState.RUNNING, VMState.PAUSED, VMState.STOPPED, VMState.UNKNOWN


@pytest.mark.parametrize(
    ("here", "there", "place"),
    [
        (RUNNING, None, Place.SOURCE),
        (RUNNING, PAUSED, Place.SOURCE),
        (RUNNING, UNKNOWN, Place.SOURCE),
        (None, RUNNING, Place.DESTINATION),
        (None, PAUSED, Place.DESTINATION),
        (STOPPED, RUNNING, Place.DESTINATION),
        (PAUSED, RUNNING, Place.DESTINATION),
        (STOPPED, PAUSED, Place.UNDECIDED),
        (PAUSED, PAUSED, Place.UNDECIDED),
        (PAUSED, None, Place.SOURCE),
        (PAUSED, UNKNOWN, Place.UNDECIDED),
        (UNKNOWN, RUNNING, Place.UNDECIDED),
        (UNKNOWN, None, Place.UNDECIDED),
        (STOPPED, None, Place.SOURCE),
        (None, STOPPED, Place.DESTINATION),
        (None, UNKNOWN, Place.UNDECIDED),
    ],
)
def test_where_a_vm_is_that_moved_while_it_ran(here, there, place: Place) -> None:
    assert place_of_running(sight(here), sight(there)) is place


@pytest.mark.parametrize("here_moves", [True, False])
def test_one_on_its_way_is_nowhere_yet(here_moves: bool) -> None:
    here, there = sight(RUNNING, moving=here_moves), sight(PAUSED, moving=not here_moves)
    assert place_of_running(here, there) is Place.UNDECIDED


@pytest.mark.parametrize(
    ("here", "there", "place"),
    [
        (STOPPED, None, Place.SOURCE),
        (STOPPED, STOPPED, Place.SOURCE),
        (STOPPED, UNKNOWN, Place.SOURCE),
        (None, STOPPED, Place.DESTINATION),
        (UNKNOWN, STOPPED, Place.UNDECIDED),
        (None, UNKNOWN, Place.UNDECIDED),
    ],
)
def test_where_a_vm_is_whose_definition_moved(here, there, place: Place) -> None:
    assert place_of_stopped(sight(here), sight(there)) is place
