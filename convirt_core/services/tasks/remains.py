"""Removing what a task made and did not bring to an end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError, OperationFailed, PluginError, ServerUnavailable
from convirt_core.model import Remain

if TYPE_CHECKING:
    from convirt_core.model import Task
    from convirt_core.store import TaskTable

Remover = Callable[[Remain], None]
Stopper = Callable[[Remain], None]

PATIENCE_SECONDS = 15.0
"""How long who undoes asks again for a server that was lost: a supervisor restarts a daemon that ended."""

_PAUSE_SECONDS = 0.5

_logger = logging.getLogger("convirt.tasks")


class StillThere(OperationFailed):
    """What was to be removed could not be; it stays with the task."""


class Remains:
    """Knows how each kind of remain is removed.

    :param monotonic: seconds
    """

    def __init__(self, table: TaskTable, *, monotonic: Callable[[], float]) -> None:
        self._table = table
        self._monotonic = monotonic
        self._removers: dict[str, Remover] = {}
        self._stoppers: dict[str, Stopper] = {}

    def register(self, kind: str, remover: Remover) -> None:
        """Say how a kind is removed; one that is not there is no error."""
        self._removers[kind] = remover

    def register_stopper(self, kind: str, stopper: Stopper) -> None:
        """Say how a kind is stopped that goes on by itself; one that does not any more is no error."""
        self._stoppers[kind] = stopper

    def stop_of(self, task: Task) -> bool:
        """Stop what a task has left going on by itself. False: it has left nothing of the kind.

        :raises ConvirtError: it could not be stopped
        """
        going_on = [remain for remain in task.remains if remain.kind in self._stoppers]
        for remain in going_on:
            self._stoppers[remain.kind](remain)
        return bool(going_on)

    def remove_of(self, task_id: str, *, patience_seconds: float = 0.0) -> list[str]:
        """Remove the remains of a task, the last made first; return a sentence for each that stays.

        :param patience_seconds: so long in all, a server that cannot be reached is asked again
        """
        failures = []
        deadline = self._monotonic() + patience_seconds
        for remain in reversed(self._table.get(task_id).remains):
            try:
                self._remove_until(remain, deadline)
                self._table.drop_remain(task_id, remain)
            except ConvirtError as error:  # of the inventory too, if it is full: what can go goes all the same
                _logger.warning("task %s: %s %s stays for now: %s", task_id, remain.kind, remain.name, error)
                failures.append(f"The {remain.kind} {remain.name} could not be removed yet: {error}")
        return failures

    def _remove_until(self, remain: Remain, deadline: float) -> None:
        """Remove it; from a server that cannot be reached, try again until the deadline, and say once why it lasts."""
        is_told = False
        while True:
            try:
                return self._remove(remain)
            except ServerUnavailable as error:
                remaining = deadline - self._monotonic()
                if remaining <= 0:
                    raise
                if not is_told:
                    what = f"the {remain.kind} {remain.name}"
                    _logger.warning("%s It is tried for %.0f s more, to remove %s.", error, remaining, what)
                is_told = True
                time.sleep(_PAUSE_SECONDS)

    def _remove(self, remain: Remain) -> None:
        remover = self._removers.get(remain.kind)
        if remover is None:
            raise PluginError(f"Nothing installed knows how to remove a {remain.kind}.")
        remover(remain)
