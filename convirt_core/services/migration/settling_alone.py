"""Bringing a migration to an end when one of its servers is in the inventory no more: by what the other one says.

A person has taken the server out, so that nobody manages what may be on it, or can look there: nothing is done that
could run a VM twice.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from convirt_core.errors import ServerUnavailable
from convirt_core.model import VMState
from convirt_core.services.migration.clearing import remove_unused
from convirt_core.services.migration.places import sight_of

if TYPE_CHECKING:
    from convirt_core.services.migration.journey import Journey
    from convirt_core.services.migration.places import Sight
    from convirt_core.services.servers import Server

_CHANGE_SECONDS = 30.0
_logger = logging.getLogger("convirt.migration")


def settle_source(source: Server, journey: Journey) -> None:
    """Without a destination: a VM that waits for its end at the source goes on waiting, and a person is told.

    It may run at the destination, on the same disks. Its disks stay, wherever it is.

    :raises ServerUnavailable: the source does not say, or the hypervisor is still at it
    """
    here = _sight(source, journey)
    if journey.was_running and here.state is VMState.PAUSED:
        _logger.warning(
            "%s is paused on %s: the server that it was moving to has left the inventory, and it may run there. "
            "If it does not: convirt vm resume %s",
            journey.name,
            source.node.name,
            journey.name,
        )


def settle_destination(destination: Server, journey: Journey) -> None:
    """Without a source: a VM that is at the destination is as it was, and of one that is not, the files go.

    :raises ServerUnavailable: the destination does not say, or the hypervisor is still at it
    """
    there = _sight(destination, journey)
    if there.vm is None:
        remove_unused(destination, journey.made)
    elif journey.autostart:
        destination.call(lambda _, vmm: vmm.set_autostart(journey.key, enabled=True), deadline_seconds=_CHANGE_SECONDS)


def _sight(server: Server, journey: Journey) -> Sight:
    sight = sight_of(server, journey.key)
    if sight.error is not None:
        raise sight.error
    if sight.is_moving:
        raise ServerUnavailable(f"{server.node.name} has not ended the migration of {journey.name} yet.")
    return sight
