"""Tasks of all processes that share a store."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator

from convirt_core.model import Remain, Task, VMRef
from convirt_core.services.tasks.handle import TaskHandle

Work = Callable[[TaskHandle], str]
Remover = Callable[[Remain], None]


class Tasks:
    """Runs work as tasks, and sees those of other processes."""

    def run(self, title: str, kind: str, work: Work, *, vms: Iterable[VMRef] = ()) -> Task:
        """Do the work in this thread; return the finished task. Raises the work's error once it is recorded.

        :param work: returns a sentence for the person
        :param vms: held from before the work until after it; `Busy` if another task holds one
        """
        raise NotImplementedError

    def start(self, title: str, kind: str, work: Work, *, vms: Iterable[VMRef] = ()) -> Task:
        """Do the same in a thread of its own; return the running task."""
        raise NotImplementedError

    def list(self, *, running_only: bool = False) -> builtins.list[Task]:
        """Return the tasks, the newest first."""
        raise NotImplementedError

    def get(self, task_id: str) -> Task:
        """Return the task with this id or unique beginning of one. Raises `NotFound`, `Ambiguous`."""
        raise NotImplementedError

    def cancel(self, task_id: str) -> Task:
        """Ask a task to stop, in whichever process it runs. Raises `WrongState` if it is over."""
        raise NotImplementedError

    def watch(self, task_id: str, *, poll_seconds: float = 0.25) -> Iterator[Task]:
        """Yield the task now and at each change, until it is over."""
        raise NotImplementedError

    def on_remain(self, kind: str, remover: Remover) -> None:
        """Say how a kind of remain is removed; one that is not there is no error."""
        raise NotImplementedError

    def recover(self) -> builtins.list[Task]:
        """Mark tasks of ended processes as interrupted and remove their remains; return those tasks.

        What cannot be removed now stays in the task's `remains`, for the next time.
        """
        raise NotImplementedError
