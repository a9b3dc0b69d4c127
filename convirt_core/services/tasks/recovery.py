"""Clearing up after tasks whose process ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from convirt_core.errors import Busy, NotFound
from convirt_core.model import Task
from convirt_core.services.tasks.remains import Remains, StillThere

if TYPE_CHECKING:
    from convirt_core.services.tasks.handle import TaskHandle
    from convirt_core.store import TaskTable

Run = Callable[..., Task]
"""`Tasks.run`"""

OnSlow = Callable[[Task], None]

KIND = "clean-up"
RETRY_SECONDS = 60.0
"""So long after a clean-up that could not remove everything, the next is tried: every command would wait for it."""
SLOW_SECONDS = 1.0
"""A clean-up that lasts longer is told of: its server does not answer, and somebody waits."""


def recover(run: Run, table: TaskTable, remains: Remains, now: float, on_slow: OnSlow) -> list[Task]:
    """Mark abandoned tasks interrupted, and remove what ended tasks have left behind.

    With nothing to do, these are two reads.

    :param on_slow: told, by another thread, of a task whose remains take long to remove
    :return: the tasks that were interrupted or cleaned up after, as they are now
    """
    interrupted = [task for each in table.expired(now) if (task := table.interrupt(each.id, now))]
    left_over = [task for task in table.left_over() if not _was_tried(task, now)]
    for task in left_over:
        with _telling_if_slow(on_slow, task):
            _clean_up(run, table, remains, task)
    found = dict.fromkeys(task.id for task in (*interrupted, *left_over))
    return [task for task_id in found if (task := _find(table, task_id))]


def stop_rest(run: Run, table: TaskTable, remains: Remains, ended: Task) -> bool:
    """Stop what an ended task has left going on by itself, and clean up after it. False: there is nothing of the kind.

    What it left may be a clean-up's by now. What others have left of the same VM is not this task's.

    :raises ConvirtError: it could not be stopped
    """
    left_over = [task for task in table.left_over() if task.id == ended.id or _cleans_up_after(task, ended)]
    stopped = [task for task in left_over if remains.stop_of(task)]
    for task in stopped:
        _clean_up(run, table, remains, task)
    return bool(stopped)


def _find(table: TaskTable, task_id: str) -> Task | None:
    """Return a task; None for an old one, which is forgotten as soon as it has left nothing behind."""
    try:
        return table.get(task_id)
    except NotFound:
        return None


def _was_tried(task: Task, now: float) -> bool:
    return task.kind == KIND and now - (task.ended_at or 0.0) < RETRY_SECONDS


def _title(ended: Task) -> str:
    """Return the title of the clean-up after an ended task, by its id; each clean-up after a clean-up has the same."""
    return ended.title if ended.kind == KIND else f"Clean up after task {ended.id}, {ended.title!r}"


def _cleans_up_after(task: Task, ended: Task) -> bool:
    return task.kind == KIND and task.title == _title(ended)


@contextmanager
def _telling_if_slow(on_slow: OnSlow, task: Task) -> Iterator[None]:
    timer = threading.Timer(SLOW_SECONDS, on_slow, (task,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _clean_up(run: Run, table: TaskTable, remains: Remains, ended: Task) -> None:
    """Remove an ended task's remains as a task of our own; what stays is left to the next."""

    def work(handle: TaskHandle) -> str:
        count = len(table.adopt(handle.id, ended.id))
        failures = remains.remove_of(handle.id)
        if failures:
            raise StillThere(" ".join(failures))
        return f"Removed {count} thing{'' if count == 1 else 's'}."

    try:
        run(_title(ended), KIND, work, vms=ended.vms)
    except (Busy, StillThere):
        return  # recorded in the task, or somebody else is at it
