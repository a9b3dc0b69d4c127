"""Tasks that write down what they would remove, and waits for what becomes of one."""

import time
from typing import NoReturn

from convirt_core.errors import OperationFailed
from convirt_core.model import Remain, Task, TaskState, VMRef
from convirt_core.services.tasks import TaskHandle, Tasks
from convirt_core.store import Store

VM = VMRef("s1", "k1")
DISK, RECORD = Remain("file", "s1", "/disk"), Remain("record", "s1", "k1")


def tasks_of(store: Store, removed: list[Remain]) -> Tasks:
    """Return tasks over a store, which write down what they would remove."""
    tasks = Tasks(store)
    tasks.on_remain("file", removed.append)
    tasks.on_remain("record", removed.append)
    return tasks


def only(tasks: Tasks) -> Task:
    """Return the one task that there is."""
    [task] = tasks.list()
    return task


def fail(_: TaskHandle) -> NoReturn:
    """Be a task that fails."""
    raise OperationFailed("The disk is full.")


def wait_for_state(tasks: Tasks, task: Task, state: TaskState) -> Task:
    """Return a task when it has come to a state."""
    deadline = time.monotonic() + 5
    while tasks.get(task.id).state is not state:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return tasks.get(task.id)


def wait_to_be_cancelled(handle: TaskHandle) -> str:
    """Be a task that ends when it is cancelled."""
    while True:
        handle.check_cancelled()
        time.sleep(0.005)


def wait_until_remembered(tasks: Tasks, task: Task) -> None:
    """Wait for a task to write down what it makes."""
    while not tasks.get(task.id).remains:
        time.sleep(0.005)
