"""Tasks of all processes that share a store."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from convirt_core.errors import (
    Ambiguous,
    Cancelled,
    Conflict,
    ConvirtError,
    NotFound,
    OutcomeUnknown,
    Refused,
    StoreError,
    WrongState,
)
from convirt_core.logs import about
from convirt_core.model import Task, TaskState, VMRef
from convirt_core.services.tasks.handle import LEASE_SECONDS, TaskHandle
from convirt_core.services.tasks.heart import Heart
from convirt_core.services.tasks.recovery import OnSlow, recover, stop_rest
from convirt_core.services.tasks.remains import PATIENCE_SECONDS, Remains, Remover, StillThere, Stopper
from convirt_core.store import Store, owner_name

if TYPE_CHECKING:
    import builtins

Work = Callable[[TaskHandle], str]

KEEP_SECONDS = 30 * 86400.0
"""How long ended tasks are listed."""

_CLOSE_SECONDS = 5.0
_logger = logging.getLogger("convirt.tasks")


class Tasks:
    """Runs work as tasks, and sees those of other processes.

    :param clock: UTC, seconds since the epoch
    :param monotonic: seconds
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table = store.tasks
        self._clock = clock
        self._monotonic = monotonic
        self._heart = Heart()
        self._remains = Remains(self._table, monotonic=monotonic)
        self._threads: builtins.list[threading.Thread] = []

    def run(self, title: str, kind: str, work: Work, *, vms: Iterable[VMRef] = ()) -> Task:
        """Do the work in this thread; return the finished task. Raises the work's error once it is recorded.

        What the work remembered and did not bring to its end is removed before; a signal's exception counts
        as cancelling.

        :param work: returns a sentence for the person
        :param vms: held from before the work until after it; `Busy` if another task holds one
        """
        return self._do(self._begin(title, kind, vms), work)

    def start(self, title: str, kind: str, work: Work, *, vms: Iterable[VMRef] = ()) -> Task:
        """Do the same in a thread of its own; return the running task."""
        handle = self._begin(title, kind, vms)
        thread = threading.Thread(
            target=self._do_quietly, args=(handle, work), name=f"convirt-task-{handle.id}", daemon=True
        )
        self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        thread.start()
        return self._table.get(handle.id)

    def list(self, *, running_only: bool = False) -> builtins.list[Task]:
        """Return the tasks, the newest first."""
        return (self._table.running() if running_only else self._table.all())[::-1]

    def get(self, task_id: str) -> Task:
        """Return the task with this id or unique beginning of one. Raises `NotFound`, `Ambiguous`."""
        found = [task for task in self._table.all() if task_id and task.id.startswith(task_id)]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(task.id for task in found)
            raise Ambiguous(f"{task_id!r} could be any of the tasks {ids}.", remedy="Type more of the id.")
        raise NotFound(f"There is no task {task_id!r}.", remedy="See 'convirt task list'.")

    def cancel(self, task_id: str) -> Task:
        """Ask a task to stop, in whichever process it runs; stop what goes on although its process has ended.

        :raises WrongState: it is over, and nothing of it goes on
        """
        task = self.get(task_id)
        try:
            asked = self._table.request_cancel(task.id)
        except Refused as error:
            if stop_rest(self.run, self._table, self._remains, task):
                return self._table.get(task.id)
            raise WrongState(f"Task {task.id} is {self._table.get(task.id).state} already.") from error
        if handle := self._heart.find(task.id):
            handle.cancel()
        return asked

    def forget(self, task_id: str) -> None:
        """Remove the record of a task. Raises `Refused` unless it is over and left nothing behind."""
        self._table.remove(self.get(task_id).id)

    def watch(self, task_id: str, *, poll_seconds: float = 0.25) -> Iterator[Task]:
        """Yield the task now and at each change, until it is over."""
        seen: Task | None = None
        while seen is None or not seen.state.is_over:
            if seen is not None:
                time.sleep(poll_seconds)
                self._interrupt_if_abandoned(seen.id)
            task = self.get(task_id) if seen is None else self._table.get(seen.id)
            if task != seen:
                yield task
            seen = task

    def on_remain(self, kind: str, remover: Remover) -> None:
        """Say how a kind of remain is removed; one that is not there is no error."""
        self._remains.register(kind, remover)

    def on_stop(self, kind: str, stopper: Stopper) -> None:
        """Say how a kind of remain is stopped that goes on by itself; one that does not any more is no error."""
        self._remains.register_stopper(kind, stopper)

    def recover(self, on_slow: OnSlow = lambda _: None) -> builtins.list[Task]:
        """Mark tasks of ended processes as interrupted and remove their remains; return those tasks.

        What cannot be removed now stays in a task's `remains`, for a later time.

        :param on_slow: told, by another thread, of a task whose remains take longer than a second
        """
        return recover(self.run, self._table, self._remains, self._clock(), on_slow)

    def close(self) -> None:
        """Cancel the tasks that run in threads of their own, and wait a moment for them to clear up."""
        for handle in self._heart.handles():
            handle.cancel()
        deadline = self._monotonic() + _CLOSE_SECONDS
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - self._monotonic()))

    def _interrupt_if_abandoned(self, task_id: str) -> None:
        now = self._clock()
        if any(task.id == task_id for task in self._table.expired(now)):
            self._table.interrupt(task_id, now)

    def _begin(self, title: str, kind: str, vms: Iterable[VMRef]) -> TaskHandle:
        now = self._clock()
        self._table.forget(now - KEEP_SECONDS)
        task = Task(
            id=os.urandom(4).hex(),
            kind=kind,
            title=title,
            state=TaskState.RUNNING,
            owner=owner_name(),
            started_at=now,
            lease_until=now + LEASE_SECONDS,
            vms=tuple(vms),
        )
        handle = TaskHandle(self._table.add(task), self._table, clock=self._clock, monotonic=self._monotonic)
        self._heart.add(handle)
        with about(task=handle.id):
            _logger.info("begins: %s", title)
        return handle

    def _do(self, handle: TaskHandle, work: Work) -> Task:
        try:
            with about(task=handle.id):
                result = work(handle)
            # a task whose end is not recorded did not come to it: what it made would be removed by the next process
            ended = self._table.finish(handle.id, TaskState.DONE, ended_at=self._clock(), result=result)
        except BaseException as error:
            late = self._done(handle)
            if late is None:
                self._undo(handle, error)
                raise
            ended = late
        finally:
            self._heart.remove(handle)
        _log_end(ended)
        return ended

    def _done(self, handle: TaskHandle) -> Task | None:
        """Return the task if it is recorded as done: then an interruption came too late to change that."""
        with suppress(ConvirtError):
            task = self._table.get(handle.id)
            return task if task.state is TaskState.DONE else None
        return None

    def _do_quietly(self, handle: TaskHandle, work: Work) -> None:
        try:
            self._do(handle, work)
        except ConvirtError:
            return  # its record says how it ended
        except Exception:
            _logger.exception("task %s failed", handle.id)

    def _undo(self, handle: TaskHandle, error: BaseException) -> None:
        """Remove what the work made, then record how it ended. Must not hide `error`."""
        state = _state_after(error)
        try:
            left = [] if isinstance(error, StillThere) else self._remove_made(handle.id, error)
            sentences = " ".join((_sentence(error), *left))
            _log_end(self._table.finish(handle.id, state, ended_at=self._clock(), error=sentences))
        except (Conflict, NotFound, StoreError) as second:  # taken for dead, or the store is gone: it is recovered
            _logger.warning("task %s could not record its end: %s", handle.id, second)

    def _remove_made(self, task_id: str, error: BaseException) -> builtins.list[str]:
        """Remove what the work made; a sentence for each thing that stays, which `error` tells the person in short."""
        left = self._remains.remove_of(task_id, patience_seconds=PATIENCE_SECONDS)
        if left and isinstance(error, ConvirtError):
            what = "One thing that it made" if len(left) == 1 else f"{len(left)} things that it made"
            error.remedy = f"{error.remedy} {what} could not be removed yet: the next command does it.".lstrip()
        return left


def _log_end(task: Task) -> None:
    with about(task=task.id):
        _logger.info("is %s: %s", task.state, task.result or task.error)


def _state_after(error: BaseException) -> TaskState:
    """Return how a task ended that raised; whose server was lost in the middle is as good as interrupted itself."""
    if isinstance(error, Cancelled) or not isinstance(error, Exception):
        return TaskState.CANCELLED
    return TaskState.INTERRUPTED if isinstance(error, OutcomeUnknown) else TaskState.FAILED


def _sentence(error: BaseException) -> str:
    if not isinstance(error, Exception):
        return "It was interrupted."
    return str(error) or type(error).__name__
