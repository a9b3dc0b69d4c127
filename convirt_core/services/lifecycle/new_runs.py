"""A VM that is to end, and has begun a new run since it was asked: that run is to end too."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from convirt_core.errors import DeadlineExceeded, NotFound, OperationFailed, Refused, ServerUnavailable
from convirt_core.model import Capability, Operation, VMState
from convirt_core.services.lifecycle.seeing import SHORTEST_LOOK_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.errors import ConvirtError
    from convirt_core.platforms import VM, VMM
    from convirt_core.services.lifecycle.guard import Attempt

_ENDS = frozenset({Capability.SHUTDOWN, Capability.KILL})


class NewRuns:
    """Asks each new run of a VM once, where an operation is to end it.

    A guest that was on its way to its next run when it was asked does not know of that any more. Where a reboot is no
    new run, one with a new id was begun by somebody else, who is not to be crossed.

    :param ask: what was asked
    :param end: of the operation, on the monotonic clock
    """

    def __init__(self, attempt: Attempt, operation: Operation, ask: Callable[[VMM], None], end: float) -> None:
        self._is_to_end = operation.capability in _ENDS
        self._server = attempt.server
        self._ask = ask
        self._end = end
        self._answers: dict[int | None, ConvirtError | None] = {None: None, attempt.vm.id: None}

    def look_at(self, now: VM | None) -> None:
        """Ask the run that is seen, unless it was asked already.

        :param now: None: it was not seen
        :raises ConvirtError: the answer was lost; or what a run answered that is still seen after it
        """
        if not self._is_to_end or now is None or now.state is not VMState.RUNNING:
            return
        if now.id not in self._answers:
            with suppress(_NotAsked):
                self._answers[now.id] = self._answer()
        elif answer := self._answers[now.id]:
            raise answer

    def _answer(self) -> ConvirtError | None:
        """Ask; return the refusal, which says nothing yet: the run may have been ending at that moment.

        :raises _NotAsked: the server cannot be reached: at a later look it may
        """
        seconds = max(SHORTEST_LOOK_SECONDS, self._end - time.monotonic())
        try:
            self._server.call(lambda _, vmm: self._ask_if_rebooted(vmm), deadline_seconds=seconds)
        except (NotFound, OperationFailed, Refused) as error:
            return error
        except DeadlineExceeded:
            raise
        except ServerUnavailable as error:
            raise _NotAsked from error
        return None

    def _ask_if_rebooted(self, vmm: VMM) -> None:
        if vmm.reboots_are_new_runs:
            self._ask(vmm)


class _NotAsked(Exception):
    """The server said nothing, and was asked nothing."""
