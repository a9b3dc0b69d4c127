"""The thread that renews the leases of running tasks."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from convirt_core.errors import StoreError

if TYPE_CHECKING:
    from convirt_core.services.tasks.handle import TaskHandle

BEAT_SECONDS = 3.0

_logger = logging.getLogger("convirt.tasks")


class Heart:
    """Beats for every running task; its thread lives only while there is one."""

    def __init__(self, *, beat_seconds: float = BEAT_SECONDS) -> None:
        self._beat_seconds = beat_seconds
        self._changed = threading.Condition()
        self._handles: dict[str, TaskHandle] = {}
        self._beats = False

    def add(self, handle: TaskHandle) -> None:
        """Beat for a task."""
        with self._changed:
            self._handles[handle.id] = handle
            if not self._beats:
                self._beats = True
                threading.Thread(target=self._beat, name="convirt-tasks", daemon=True).start()

    def remove(self, handle: TaskHandle) -> None:
        """Stop beating for a task."""
        with self._changed:
            self._handles.pop(handle.id, None)
            self._changed.notify_all()

    def find(self, task_id: str) -> TaskHandle | None:
        """Return the handle of a task that runs in this application, or None."""
        with self._changed:
            return self._handles.get(task_id)

    def handles(self) -> list[TaskHandle]:
        """Return the handles of the tasks that run in this application."""
        with self._changed:
            return list(self._handles.values())

    def _beat(self) -> None:
        while self._wait():
            for handle in self.handles():
                try:
                    handle.beat()
                except StoreError as error:  # the next beat may succeed; the lease outlives several
                    _logger.warning("task %s could not renew its lease: %s", handle.id, error)

    def _wait(self) -> bool:
        """Wait for the next beat; False: there is no task any more."""
        with self._changed:
            self._changed.wait_for(lambda: not self._handles, self._beat_seconds)
            self._beats = bool(self._handles)
            return self._beats
