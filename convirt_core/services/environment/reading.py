"""One look at a server: one round trip."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from convirt_core.errors import NotFound, OperationFailed
from convirt_core.model import ServerEnvironment
from convirt_core.services.environment import networks, processors, system, volumes
from convirt_core.services.environment.clock import clock
from convirt_core.services.environment.file_systems import file_systems
from convirt_core.services.environment.memory import memory
from convirt_core.services.environment.script import CLOCK_SCRIPT, SCRIPT, sections_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import Clock
    from convirt_core.platforms import NodeProxy

READ_SECONDS = 20.0
"""Above the sum of what the script allows its commands."""


def read_environment(proxy: NodeProxy, *, now: Callable[[], float] = time.time) -> ServerEnvironment:
    """Ask a server what it is, in one command.

    :param now: UTC, seconds since the epoch
    :raises ServerUnavailable: it cannot be reached, or did not answer in time
    :raises OperationFailed: it runs no shell, or something else answered
    """
    sent_at = now()
    try:
        result = proxy.run(["sh", "-s"], stdin=SCRIPT, timeout_seconds=READ_SECONDS)
    except NotFound as error:
        raise OperationFailed("The server could not be asked what it is: it has no shell.") from error
    received_at = now()
    if not sections_of(result.text):
        words = result.error_text.splitlines()[:1] or ["it said nothing"]
        raise OperationFailed(f"The server could not be asked what it is: {words[0]}.")
    return parse_environment(result.text, sent_at, received_at)


def read_clock(proxy: NodeProxy, *, now: Callable[[], float] = time.time) -> Clock:
    """Ask a server for its time alone.

    :param now: UTC, seconds since the epoch
    :raises ServerUnavailable: it cannot be reached, or did not answer in time
    :raises OperationFailed: it does not tell
    """
    sent_at = now()
    said = proxy.run(["sh", "-c", CLOCK_SCRIPT])
    begins, _, ends = said.text.strip().partition("\n")
    if found := clock(begins, ends, sent_at, now()):
        return found
    raise OperationFailed(f"The server does not tell its time: {said.error_text or said.text!r}.")


def parse_environment(answer: str, sent_at: float, received_at: float) -> ServerEnvironment:
    """Return what the script's answer says; what is missing, cut off or no answer at all is left empty."""
    told = sections_of(answer)

    def text(name: str) -> str:
        return told.get(name, "")

    found = networks.networks(text("net"), text("net-paths"), text("addresses"), text("route"))
    return ServerEnvironment(
        read_at=received_at,
        host_name=system.host_name(text("uname")),
        host_uuid=system.host_uuid(text("uuid")),
        system=system.operating_system(text("os-release"), text("uname")),
        processors=processors.processors(text("cpuinfo"), text("topology")),
        memory=memory(text("meminfo")),
        file_systems=file_systems(text("df")),
        network_cards=found.cards,
        bridges=found.bridges,
        default_bridge=found.default_bridge,
        volume_groups=volumes.volume_groups(text("vgs")),
        logical_volumes=volumes.logical_volumes(text("lvs")),
        clock=clock(text("begins"), text("ends"), sent_at, received_at),
    )
