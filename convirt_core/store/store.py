"""The inventory's file, opened."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from convirt_core.store.creation import create
from convirt_core.store.database import Database
from convirt_core.store.examination import examine
from convirt_core.store.inventory import GroupTable, ImageTable, PoolTable, ServerTable
from convirt_core.store.migrations import MIGRATIONS
from convirt_core.store.schema import migrate
from convirt_core.store.tasks import TaskTable
from convirt_core.store.vm_records import VMRecordTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType


class Store:
    """One inventory. Any thread; several stores, and several processes with one file, do not disturb each other."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self.pools = PoolTable(database)
        self.servers = ServerTable(database)
        self.vms = VMRecordTable(database)
        self.groups = GroupTable(database)
        self.images = ImageTable(database)
        self.tasks = TaskTable(database, clock)

    @classmethod
    def open(cls, path: Path, *, busy_seconds: float = 5.0, clock: Callable[[], float] = time.time) -> Self:
        """Open an inventory, making it if there is none, and bring it to the newest schema.

        :param busy_seconds: how long to wait for another process's write, here and in every call
        :param clock: UTC, seconds since the epoch; decides when a task's lease has lapsed
        :raises StoreError: for a file that is damaged, newer, locked, read-only or no inventory; its bytes
            are left as they are
        """
        if not examine(path, newest=len(MIGRATIONS), busy_seconds=busy_seconds):
            create(path, MIGRATIONS, busy_seconds=busy_seconds)
        database = Database(path, busy_seconds=busy_seconds)
        try:
            database.connect()
            migrate(database, MIGRATIONS)
        except BaseException:
            database.close()
            raise
        return cls(database, clock=clock)

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
