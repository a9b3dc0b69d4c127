"""The inventory's file, opened."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Self

from convirt_core import store as tables  # each is imported when it is first asked for
from convirt_core.store.database import Database
from convirt_core.store.examination import examine
from convirt_core.store.migrations import NEWEST

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

    from convirt_core.store import GroupTable, ImageTable, PoolTable, ServerTable, TaskTable, VMRecordTable


class Store:
    """One inventory. Any thread; several stores, and several processes with one file, do not disturb each other."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    @classmethod
    def open(cls, path: Path, *, busy_seconds: float = 5.0, clock: Callable[[], float] = time.time) -> Self:
        """Open an inventory, making it if there is none, and bring it to the newest schema.

        :param busy_seconds: how long to wait for another process's write, here and in every call
        :param clock: UTC, seconds since the epoch; decides when a task's lease has lapsed
        :raises StoreError: for a file that is damaged, newer, locked, read-only or no inventory; its bytes
            are left as they are
        """
        if examine(path, newest=NEWEST, busy_seconds=busy_seconds) != NEWEST:
            from convirt_core.store.upgrade import make_or_upgrade  # noqa: PLC0415  once for each version

            make_or_upgrade(path, busy_seconds=busy_seconds)
        database = Database(path, busy_seconds=busy_seconds)
        database.connect()
        return cls(database, clock=clock)

    @cached_property
    def pools(self) -> PoolTable:
        """Server pools."""
        return tables.PoolTable(self._database)

    @cached_property
    def servers(self) -> ServerTable:
        """Servers."""
        return tables.ServerTable(self._database)

    @cached_property
    def vms(self) -> VMRecordTable:
        """Records of VMs."""
        return tables.VMRecordTable(self._database)

    @cached_property
    def groups(self) -> GroupTable:
        """Image groups."""
        return tables.GroupTable(self._database)

    @cached_property
    def images(self) -> ImageTable:
        """Images."""
        return tables.ImageTable(self._database)

    @cached_property
    def tasks(self) -> TaskTable:
        """Tasks."""
        return tables.TaskTable(self._database, self._clock)

    def has_open_tasks(self) -> bool:
        """Whether a task runs, or has left something behind. Quicker than to ask `tasks`."""
        return bool(self._database.execute("SELECT 1 FROM tasks WHERE state = 'running' OR remains != '[]' LIMIT 1"))

    def close(self) -> None:
        """Close the file. May be called twice; every later call of a table is a `StoreError`."""
        self._database.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Do all of a block or nothing of it; blocks nest.

        Keep it short, without a call to a server: other threads and processes wait.
        """
        return self._database.transaction()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
