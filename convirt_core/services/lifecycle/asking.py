"""Asking for a change whose answer may get lost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from convirt_core.errors import ConvirtError, DeadlineExceeded, OutcomeUnknown
from convirt_core.model import ServerState
from convirt_core.services.lifecycle.absence import Absence

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.platforms import VMM, VNode
    from convirt_core.services.servers import Server

T = TypeVar("T")

CHANGE_SECONDS = 30.0
"""Deadline of a change that is done when its call returns."""

SETTLE_SECONDS = 10.0
"""How long the state is read again after an answer was lost, from a server that does not refuse connections."""

_PAUSE_SECONDS = 0.5


def ask(
    server: Server,
    change: Callable[[VNode, VMM], T],
    seen: Callable[[VNode, VMM], bool],
    what: str,
    *,
    deadline_seconds: float = CHANGE_SECONDS,
) -> T | None:
    """Make a change; if its answer is lost, look whether it was made. Return its answer, or None if that was lost.

    :param seen: reads whether the change has been made
    :param what: for the message, such as `the snapshot a of web1`
    :raises OutcomeUnknown: the answer was lost and the change is not to be seen
    """
    try:
        return server.call(change, deadline_seconds=deadline_seconds)
    except (DeadlineExceeded, OutcomeUnknown) as error:
        if not _is_seen(server, seen):
            raise unknown(server, what, error) from error
        return None


def unknown(server: Server, what: str, error: ConvirtError, *, seen: str = "") -> OutcomeUnknown:
    """Return the error for a change that cannot be told.

    :param seen: a sentence of what was seen since, if the server answers
    """
    if server.status.state is ServerState.DOWN:
        seen = f"{server.node.name} could not be reached again."
    said = "; ".join(words.rstrip(".") for words in (str(error), seen) if words)
    return OutcomeUnknown(
        f"What became of {what} is not known: {said}.",
        remedy=f"Look again when {server.node.name} answers, before you repeat it.",
    )


def _is_seen(server: Server, seen: Callable[[VNode, VMM], bool]) -> bool:
    deadline, absence = time.monotonic() + SETTLE_SECONDS, Absence(server)
    while (remaining := deadline - time.monotonic()) > 0:
        try:
            if server.call(seen, deadline_seconds=remaining):
                return True
        except ConvirtError:  # it does not answer yet, or what is looked for is not there
            if absence.is_too_long():
                return False
        time.sleep(_PAUSE_SECONDS)
    return False
