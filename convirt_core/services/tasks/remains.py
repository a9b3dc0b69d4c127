"""Removing what a task made and did not bring to an end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError, OperationFailed, PluginError
from convirt_core.model import Remain

if TYPE_CHECKING:
    from convirt_core.store import TaskTable

Remover = Callable[[Remain], None]

_logger = logging.getLogger("convirt.tasks")


class StillThere(OperationFailed):
    """What was to be removed could not be; it stays with the task."""


class Remains:
    """Knows how each kind of remain is removed."""

    def __init__(self, table: TaskTable) -> None:
        self._table = table
        self._removers: dict[str, Remover] = {}

    def register(self, kind: str, remover: Remover) -> None:
        """Say how a kind is removed; one that is not there is no error."""
        self._removers[kind] = remover

    def remove_of(self, task_id: str) -> list[str]:
        """Remove the remains of a task, the last made first; return a sentence for each that stays."""
        failures = []
        for remain in reversed(self._table.get(task_id).remains):
            try:
                self._remove(remain)
                self._table.drop_remain(task_id, remain)
            except ConvirtError as error:  # of the inventory too, if it is full: what can go goes all the same
                _logger.warning("task %s: %s %s stays for now: %s", task_id, remain.kind, remain.name, error)
                failures.append(f"The {remain.kind} {remain.name} could not be removed yet: {error}")
        return failures

    def _remove(self, remain: Remain) -> None:
        remover = self._removers.get(remain.kind)
        if remover is None:
            raise PluginError(f"Nothing installed knows how to remove a {remain.kind}.")
        remover(remain)
