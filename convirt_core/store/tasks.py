"""Tasks as all processes see them: how far they are, the VMs they hold, what they leave behind.

A task is **abandoned** when its process is gone or its lease has lapsed. It holds nothing any more; whoever
finds it marks it interrupted, and its heartbeat, should it come after all, is refused. What a task has made
(its remains) always belongs to exactly one task: after an abandoned one to the task that cleans up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from convirt_core.errors import Busy, Refused
from convirt_core.model import Remain, Task, TaskState, VMRef
from convirt_core.store.owners import is_gone
from convirt_core.store.task_rows import NO_REMAINS, TaskRows, without_doubles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from convirt_core.store.database import Database


class TaskTable(TaskRows):
    """Tasks. Any thread, any process; each method is atomic.

    :param clock: UTC, seconds since the epoch
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        super().__init__(database)
        self._clock = clock

    def all(self) -> list[Task]:
        """Return all tasks, the oldest first."""
        return [task for task, _ in self._where()]

    def running(self) -> list[Task]:
        """Return the tasks that have not ended, the oldest first; abandoned ones too."""
        return [task for task, _ in self._where(self._table.state == TaskState.RUNNING)]

    def add(self, task: Task) -> Task:
        """Store a new task of this process, holding its VMs.

        :raises AlreadyExists: if its id is taken
        :raises Busy: if another task holds one of its VMs; nothing is stored then
        """
        with self._database.transaction():
            self._insert(attrs.evolve(task, vms=()))
            return self.lock(task.id, task.vms)

    def heartbeat(self, task_id: str, lease_until: float, progress: float | None = None, message: str = "") -> Task:
        """Renew a task's lease and say how far it is; return it as stored, with `cancel_requested`.

        :raises Conflict: if it has ended, or was marked interrupted: it must stop
        """
        return self._change(task_id, lease_until=lease_until, progress=progress, message=message)

    def finish(self, task_id: str, state: TaskState, *, ended_at: float, result: str = "", error: str = "") -> Task:
        """End a task and let its VMs go. What a done one has made stays, so its remains are forgotten.

        :raises Conflict: if it has ended, or was marked interrupted
        """
        with self._database.transaction():
            if state is TaskState.DONE:
                self._change(task_id, remains=())
            return self._change(task_id, state=state, ended_at=ended_at, result=result, error=error)

    def request_cancel(self, task_id: str) -> Task:
        """Ask a task to stop. Raises `Refused` if it has ended."""
        with self._database.transaction():
            if self.get(task_id).state.is_over:
                raise Refused(f"Task {task_id} has ended already.")
            return self._change(task_id, cancel_requested=True)

    # the VMs it holds
    def lock(self, task_id: str, vms: Iterable[VMRef]) -> Task:
        """Hold VMs for a task until it ends or unlocks them: all of them or none.

        An abandoned task that holds one of them is marked interrupted first.

        :raises Busy: if another task holds one; the message names it
        :raises Conflict: if the task has ended
        """
        wanted = tuple(vms)
        with self._database.transaction():
            for holder in self._holders(wanted):
                if holder.id != task_id and self.interrupt(holder.id, self._clock()) is None:
                    raise _busy(holder, _what(next(vm.key for vm in wanted if vm in holder.vms)))
            return self._change(task_id, vms=without_doubles((*self.get(task_id).vms, *wanted)))

    def unlock(self, task_id: str, vms: Iterable[VMRef]) -> Task:
        """Let VMs go before the task ends. Raises `Conflict` if it has ended."""
        let_go = set(vms)
        with self._database.transaction():
            return self._change(task_id, vms=tuple(vm for vm in self.get(task_id).vms if vm not in let_go))

    # what it leaves behind
    def add_remain(self, task_id: str, remain: Remain) -> None:
        """Write down what a task is about to make.

        :raises Busy: if another task has made the same and it was not removed yet
        :raises Conflict: if the task has ended
        """
        with self._database.transaction():
            for other in self._with_remains():
                if other.id != task_id and remain in other.remains:
                    raise _busy(other, _what(f"{remain.kind}:{remain.name}"))
            self._change(task_id, remains=without_doubles((*self.get(task_id).remains, remain)))

    def drop_remain(self, task_id: str, remain: Remain) -> None:
        """Forget what has been removed, or is to stay. The task may have ended."""
        with self._database.transaction():
            self._update(task_id, {"remains": [one for one in self.get(task_id).remains if one != remain]})

    def left_over(self) -> list[Task]:
        """Return the ended tasks whose remains have not all been removed, the oldest first."""
        return [task for task in self._with_remains() if task.state.is_over]

    def adopt(self, task_id: str, ended_id: str) -> tuple[Remain, ...]:
        """Give the remains of an ended task to a running one, which is to remove them; return them.

        Of two processes that clean up at once, one gets them and the other none.

        :raises Busy: if the other task has not ended
        :raises Conflict: if the adopting one has
        """
        with self._database.transaction():
            ended = self.get(ended_id)
            if not ended.state.is_over:
                raise _busy(ended, "What it has made")
            self._update(ended_id, {"remains": ()})
            self._change(task_id, remains=without_doubles(self.get(task_id).remains + ended.remains))
        return ended.remains

    # what became of its process
    def expired(self, now: float) -> list[Task]:
        """Return the abandoned tasks, the oldest first."""
        running = self._where(self._table.state == TaskState.RUNNING)
        return [task for task, mark in running if task.lease_until < now or is_gone(task.owner, mark)]

    def interrupt(self, task_id: str, now: float) -> Task | None:
        """Mark a task interrupted if it is abandoned; return it. None: it lives, or another was first."""
        with self._database.transaction():
            if task_id not in {task.id for task in self.expired(now)}:
                return None
            error = "Its process ended, or did not answer in time, before it was done."
            return self._change(task_id, state=TaskState.INTERRUPTED, ended_at=now, error=error)

    def forget(self, ended_before: float) -> int:
        """Remove the tasks that ended before then and left nothing behind; return how many."""
        old = (self._table.ended_at < ended_before) & (self._table.remains == NO_REMAINS)
        with self._database.access():
            removed: int = self._table.delete().where(old).execute()
        return removed

    def remove(self, task_id: str) -> None:
        """Remove one task. Raises `Refused` unless it has ended and left nothing behind."""
        ended = (self._table.id == task_id) & self._table.ended_at.is_null(False) & (self._table.remains == NO_REMAINS)
        with self._database.access():
            if not self._table.delete().where(ended).execute():
                raise Refused(f"Task {task_id} is not over, or not here.", remedy="See 'convirt task list'.")

    def _holders(self, vms: Iterable[VMRef]) -> list[Task]:
        wanted = set(vms)
        return [task for task in self.running() if wanted.intersection(task.vms)]

    def _with_remains(self) -> list[Task]:
        return [task for task, _ in self._where(self._table.remains != NO_REMAINS)]


def _what(key: str) -> str:
    """Return what is held, in words: a VM, or one of the other things that tasks must not share (`file:/path`)."""
    kind, colon, name = key.partition(":")
    return f"The {kind} {name}" if colon else "The VM"


def _busy(holder: Task, what: str) -> Busy:
    which = f"task {holder.id}, “{holder.title}”, of {holder.owner}"
    if holder.state.is_over:
        return Busy(
            f"{what} was left behind by {which}, and has not been removed yet.", remedy="Clean up that task first."
        )
    return Busy(f"{what} is held by {which}.", remedy="Wait until that task has ended, or cancel it.")
