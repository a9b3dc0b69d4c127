"""The one object that a front end needs."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from convirt_core.services.grid import GridManager
from convirt_core.services.lifecycle import Lifecycle
from convirt_core.services.metrics import Metrics
from convirt_core.services.servers import Servers
from convirt_core.services.tasks import Tasks
from convirt_core.services.vms import VMs


class Application:
    """Everything of one inventory: opened, used, closed. Any number of them live in one process.

    Use it as a context manager. Its parts are made when first used.
    """

    @classmethod
    def open(cls, config_file: Path | None = None) -> Self:
        """Read the settings, open the store, and clear up after tasks that were interrupted."""
        raise NotImplementedError

    @property
    def servers(self) -> Servers:
        """The open servers."""
        raise NotImplementedError

    @property
    def grid(self) -> GridManager:
        """Pools and servers."""
        raise NotImplementedError

    @property
    def vms(self) -> VMs:
        """Looking at VMs."""
        raise NotImplementedError

    @property
    def lifecycle(self) -> Lifecycle:
        """What is done to VMs."""
        raise NotImplementedError

    @property
    def tasks(self) -> Tasks:
        """Long work."""
        raise NotImplementedError

    @property
    def metrics(self) -> Metrics:
        """What servers and VMs use."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop the threads and close what is open. May be called twice."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
