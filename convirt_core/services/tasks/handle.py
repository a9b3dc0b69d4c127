"""What the work of a task is given."""

from __future__ import annotations

from convirt_core.model import Remain, VMRef


class TaskHandle:
    """A running task, as its work sees it. Any thread of that work.

    :ivar id: of the task
    """

    id: str

    def progress(self, fraction: float | None, message: str) -> None:
        """Say how far it is (0.0 to 1.0; None: not known) and at which stage. Raises `Cancelled`."""
        raise NotImplementedError

    def check_cancelled(self) -> None:
        """Raise `Cancelled` if somebody asked the task to stop. Cheap: may be called often."""
        raise NotImplementedError

    def remember(self, remain: Remain) -> None:
        """Write down what is about to be made. Call it BEFORE making, and only for what is not there yet.

        If the task does not come to its end, the remains are removed in reverse order; nothing else undoes it.
        """
        raise NotImplementedError

    def forget(self, remain: Remain) -> None:
        """Strike out what was removed, or shall stay even if the task fails later."""
        raise NotImplementedError

    def lock(self, *refs: VMRef) -> None:
        """Hold VMs until the task ends. Raises `Busy`, naming the task that holds one."""
        raise NotImplementedError
