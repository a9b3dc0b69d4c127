"""`convirt` that stops at one point of its work, so that a test can end it right there, or change the world meanwhile.

As a program: `python held_cli.py POINT ARGUMENTS…`. It stops itself with SIGSTOP; SIGCONT lets it go on. A point is

- a stage, as progress says it: `defines the VM`. The stage is stored, nothing of it is done;
- `before KIND`: a remain of that kind is written down, and not made yet;
- `holds KIND`: the task has locked something of that kind beside its VM, such as a file;
- `writes a KIND`: a row of that kind (a VM, a pool) is in the inventory's file, and the transaction has not ended;
- `at the end`: everything is done, and not yet recorded as such.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from convirt_cli.__main__ import main as convirt
from convirt_core.model import Remain, Task, TaskState, VMRef
from convirt_core.services.tasks import TaskHandle
from convirt_core.store import TaskTable
from convirt_core.store.tables import ValueTable


def hold() -> None:
    """Stop this process, with all its threads."""
    os.kill(os.getpid(), signal.SIGSTOP)


def held_lock(point: str) -> Callable[..., None]:
    """What takes the place of `TaskHandle.lock`."""
    lock = TaskHandle.lock

    def held(self: TaskHandle, *refs: VMRef) -> None:
        lock(self, *refs)
        if any(point == f"holds {ref.key.partition(':')[0]}" for ref in refs):
            hold()

    return held


def main() -> int:
    """Run a command line."""
    point = sys.argv.pop(1)
    progress, remember, finish, add = TaskHandle.progress, TaskHandle.remember, TaskTable.finish, ValueTable.add

    def held_progress(self: TaskHandle, fraction: float | None, message: str) -> None:
        progress(self, fraction, message)
        if message == point:
            hold()

    def held_remember(self: TaskHandle, remain: Remain) -> None:
        remember(self, remain)
        if point == f"before {remain.kind}":
            hold()

    def held_finish(self: TaskTable, task_id: str, state: TaskState, **settings: Any) -> Task:
        if point == "at the end" and state is TaskState.DONE:
            hold()
        return finish(self, task_id, state, **settings)

    def held_add(self: ValueTable[Any, Any], value: Any) -> Any:
        with self._database.transaction():
            stored = add(self, value)
            if point == f"writes a {self.what}":
                hold()
        return stored

    with (
        patch.object(ValueTable, "add", held_add),
        patch.object(TaskHandle, "progress", held_progress),
        patch.object(TaskHandle, "remember", held_remember),
        patch.object(TaskHandle, "lock", held_lock(point)),
        patch.object(TaskTable, "finish", held_finish),
    ):
        return convirt()


if __name__ == "__main__":
    sys.exit(main())
