"""Where a VM is, when two servers may have it: read from both, never concluded from an error."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.errors import ConvirtError, NotFound, ServerUnavailable
from convirt_core.model import VMState

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.platforms import VM, VMM, VNode
    from convirt_core.services.servers import Server

_LOOK_SECONDS = 5.0
_PAUSE_SECONDS = 0.5


class Place(StrEnum):
    """Where it is."""

    SOURCE = "source"
    DESTINATION = "destination"
    UNDECIDED = "undecided"  # on its way, or a server that must be asked does not answer


@frozen
class Sight:
    """What one server says of the VM.

    :param vm: None: it does not have it
    :param is_moving: it is on its way to or from there
    :param error: why nothing is known
    """

    vm: VM | None = None
    is_moving: bool = False
    error: ConvirtError | None = None

    @property
    def is_known(self) -> bool:
        """Whether the server answered."""
        return self.error is None

    @property
    def state(self) -> VMState:
        """The VM's state there."""
        if self.error is not None:
            return VMState.UNKNOWN
        return self.vm.state if self.vm else VMState.ABSENT


def sight_of(server: Server, key: str) -> Sight:
    """Ask one server."""

    def see(vnode: VNode, vmm: VMM) -> Sight:
        try:
            vm = vnode.vm(key)
            return Sight(vm, vm.state.is_resident and vmm.is_migrating(key))
        except NotFound:  # at either question
            return Sight()

    try:
        return server.call(see, deadline_seconds=_LOOK_SECONDS)
    except ConvirtError as error:
        return Sight(error=error)


def place_of_running(here: Sight, there: Sight) -> Place:
    """Decide where a VM is that was to move while it ran.

    At most one hypervisor lets it run: the source until it has handed over, and both may hold it until then.
    A source that still lets it run has not handed over, whatever the destination says; one that has handed over
    has no definition any more, or did not come to removing it.
    """
    if here.is_moving or there.is_moving:
        return Place.UNDECIDED
    if here.state is VMState.RUNNING:
        return Place.SOURCE
    if not here.is_known:
        return Place.UNDECIDED
    if there.state is VMState.RUNNING or (there.state.is_resident and here.vm is None):
        return Place.DESTINATION
    if there.state.is_resident or not there.is_known:
        return Place.UNDECIDED
    return Place.SOURCE if here.vm else Place.DESTINATION  # nobody has it in memory: its guest has powered off


def place_of_stopped(here: Sight, there: Sight) -> Place:
    """Decide where a VM is whose definition was to move: at the source until it is gone from there."""
    if not here.is_known:
        return Place.UNDECIDED
    if here.vm:
        return Place.SOURCE
    return Place.DESTINATION if there.vm else Place.UNDECIDED


def find_place(
    source: Server,
    destination: Server,
    key: str,
    decide: Callable[[Sight, Sight], Place],
    *,
    seconds: float,
) -> tuple[Place, Sight, Sight]:
    """Read both servers until it is decided, or for so many seconds; return what was seen last as well."""
    deadline = time.monotonic() + seconds
    while True:
        here, there = sight_of(source, key), sight_of(destination, key)
        place = decide(here, there)
        if place is not Place.UNDECIDED or time.monotonic() >= deadline:
            return place, here, there
        time.sleep(_PAUSE_SECONDS)


def whereabouts(source: Server, destination: Server, key: str, name: str, *, live: bool) -> str:
    """Return a sentence about where a VM is whose migration has just ended, for who did not wait for that."""
    decide = place_of_running if live else place_of_stopped
    place, here, there = find_place(source, destination, key, decide, seconds=0.0)
    if place is Place.UNDECIDED:
        return str(undecided(source, destination, name, here, there))
    server = source if place is Place.SOURCE else destination
    return f"{name} is on {server.node.name}{' as before' if place is Place.SOURCE else ''}."


def undecided(source: Server, destination: Server, name: str, here: Sight, there: Sight) -> ServerUnavailable:
    """Return the error for a VM of which it is not known where it is."""
    said = "; ".join(
        f"{server.node.name}: {sight.error or ('it is on its way' if sight.is_moving else sight.state)}"
        for server, sight in ((source, here), (destination, there))
    )
    return ServerUnavailable(
        f"Where {name} is now is not decided. {said.rstrip('.')}.",
        remedy="It is looked at again by the next command once both servers answer.",
    )
