"""Bringing a migration to an end, wherever it stopped: the VM is at one server, with its record, and nowhere else."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.errors import AlreadyExists, NotFound, WrongState
from convirt_core.model import VMRef, VMState
from convirt_core.services.lifecycle.linked import LINKED_TO
from convirt_core.services.migration.clearing import remove_unused, try_to_remove_unused
from convirt_core.services.migration.places import (
    Place,
    Sight,
    find_place,
    place_of_running,
    place_of_stopped,
    undecided,
)

if TYPE_CHECKING:
    from convirt_core.platforms import VMM, VNode
    from convirt_core.services.migration.journey import Journey
    from convirt_core.services.servers import Server
    from convirt_core.store import Store

_CHANGE_SECONDS = 30.0


def finish(
    store: Store, source: Server, destination: Server, journey: Journey, *, seconds: float
) -> tuple[str, ...] | None:
    """Finish a migration whose VM has arrived; one that has not is left as it is.

    :param seconds: how long to look until it is decided
    :return: files that should have gone from the source and stay; None: it has not arrived
    :raises ServerUnavailable: it is not decided
    """
    place, here, _ = _look(journey, source, destination, seconds)
    if place is not Place.DESTINATION:
        return None
    _finish(store, journey, source, destination, here)
    return try_to_remove_unused(source, journey.left)


def settle(store: Store, source: Server, destination: Server, journey: Journey, *, seconds: float) -> None:
    """Make an end of a migration where the VM is: finish it, or undo it. May be done twice.

    :param seconds: how long to look until it is decided
    :raises ServerUnavailable: it is not decided, or a server that is needed does not answer
    """
    place, here, there = _look(journey, source, destination, seconds)
    if place is Place.DESTINATION:
        _finish(store, journey, source, destination, here)
        remove_unused(source, journey.left)
    else:
        _undo(journey, source, destination, here, there)


def _look(journey: Journey, source: Server, destination: Server, seconds: float) -> tuple[Place, Sight, Sight]:
    """Return where a VM is, with what both servers say of it. Raises `ServerUnavailable` if that is not decided."""
    decide = place_of_running if journey.live else place_of_stopped
    place, here, there = find_place(source, destination, journey.key, decide, seconds=seconds)
    if place is Place.UNDECIDED:
        raise undecided(source, destination, journey.name, here, there)
    return place, here, there


def _undo(journey: Journey, source: Server, destination: Server, here: Sight, there: Sight) -> None:
    """Let it be at the source as it was, and remove what was made for it at the destination."""
    if journey.was_running and here.state is VMState.PAUSED:
        source.call(lambda _, vmm: vmm.resume(journey.key), deadline_seconds=_CHANGE_SECONDS)
    if not journey.live:
        _undefine(destination, journey)
    elif there.state.is_resident and journey.made:
        raise undecided(source, destination, journey.name, here, there)  # it is about to be ended there
    remove_unused(destination, journey.made)


def _finish(store: Store, journey: Journey, source: Server, destination: Server, here: Sight) -> None:
    """Let it be at the destination alone, with its record."""
    if here.vm:
        _undefine(source, journey)
    if journey.autostart:
        with suppress(NotFound):  # it was removed, or powered off and is gone, since it was seen
            _let_start_with(destination, journey.key)
    _move_record(store, journey)


def _let_start_with(server: Server, key: str) -> None:
    server.call(lambda _, vmm: vmm.set_autostart(key, enabled=True), deadline_seconds=_CHANGE_SECONDS)


def _undefine(server: Server, journey: Journey) -> None:
    """Remove what a server still has of a VM that is at the other.

    :raises WrongState: it runs, so that somebody else must have started it
    """

    def undefine(vnode: VNode, vmm: VMM) -> None:
        with suppress(NotFound):
            vm = vnode.vm(journey.key)
            if vm.state is VMState.PAUSED and journey.live:  # its memory has gone over
                vmm.kill(journey.key)
            elif vm.state.is_resident:
                raise WrongState(f"{journey.name} is {vm.state} on {server.node.name}, though it is at another server.")
            if vm.persistent:
                vmm.release(journey.key)

    server.call(undefine, deadline_seconds=_CHANGE_SECONDS)


def _move_record(store: Store, journey: Journey) -> None:
    """Give the record to the destination; a VM that is not managed has none."""
    with suppress(NotFound), store.transaction():
        try:
            moved = store.vms.move(journey.ref, journey.destination)
        except AlreadyExists:  # left by a VM of this identity that was removed without us
            store.vms.remove(VMRef(journey.destination, journey.key))
            moved = store.vms.move(journey.ref, journey.destination)
        if journey.made and LINKED_TO in moved.settings:  # its disks are whole now, or stand on copies
            settings = {key: value for key, value in moved.settings.items() if key != LINKED_TO}
            store.vms.save(evolve(moved, settings=settings))
