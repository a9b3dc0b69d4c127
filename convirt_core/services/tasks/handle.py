"""What the work of a task is given."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from convirt_core.errors import Cancelled, Conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import Remain, Task, VMRef
    from convirt_core.store import TaskTable

LEASE_SECONDS = 30.0
_LOOK_SECONDS = 0.5


class TaskHandle:
    """A running task, as its work sees it. Any thread of that work.

    :param task: as it was stored
    :param clock: UTC, seconds since the epoch
    :param monotonic: seconds
    """

    def __init__(
        self, task: Task, table: TaskTable, *, clock: Callable[[], float], monotonic: Callable[[], float]
    ) -> None:
        self.id = task.id
        self._table = table
        self._clock = clock
        self._monotonic = monotonic
        self._cancelled = threading.Event()
        self._looked_at = monotonic()
        self._progress: float | None = None
        self._message = ""

    def progress(self, fraction: float | None, message: str) -> None:
        """Say how far it is (0.0 to 1.0; None: not known) and at which stage. Raises `Cancelled`."""
        is_new_stage = message != self._message
        self._progress, self._message = fraction, message
        if is_new_stage or self._look_is_due():
            self.beat()
        self._raise_if_cancelled()

    def check_cancelled(self) -> None:
        """Raise `Cancelled` if somebody asked the task to stop. Cheap: may be called often."""
        if self._look_is_due():
            self._looked_at = self._monotonic()
            self._take_over(self._table.get(self.id))
        self._raise_if_cancelled()

    def remember(self, remain: Remain) -> None:
        """Write down what is about to be made. Call it BEFORE making, and only for what is not there yet.

        If the task does not come to its end, the remains are removed in reverse order; nothing else undoes it.

        :raises Busy: if it was left behind by another task and could not be removed yet
        """
        self._table.add_remain(self.id, remain)

    def forget(self, remain: Remain) -> None:
        """Strike out what was removed, or shall stay even if the task fails later."""
        self._table.drop_remain(self.id, remain)

    def lock(self, *refs: VMRef) -> None:
        """Hold VMs until the task ends. Raises `Busy`, naming the task that holds one."""
        self._table.lock(self.id, refs)

    def beat(self) -> None:
        """Renew the lease, write how far it is, and look whether it shall stop."""
        self._looked_at = self._monotonic()
        try:
            task = self._table.heartbeat(self.id, self._clock() + LEASE_SECONDS, self._progress, self._message)
        except Conflict:  # taken for dead: what it made is already being removed
            self.cancel()
        else:
            self._take_over(task)

    def cancel(self) -> None:
        """Let the next look raise `Cancelled`."""
        self._cancelled.set()

    def _take_over(self, task: Task) -> None:
        if task.cancel_requested or task.state.is_over:
            self.cancel()

    def _look_is_due(self) -> bool:
        return self._monotonic() - self._looked_at >= _LOOK_SECONDS

    def _raise_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled("The task was cancelled; what it has made is removed.")
