"""The one connection of a store: shared by its threads, not by a forked process."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import peewee

from convirt_core.errors import InvalidInput, StoreError
from convirt_core.store.faults import store_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# immediate: a read that becomes a write would fail at once when another process has written meanwhile
_TRANSACTION = ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
_SAVEPOINT = ("SAVEPOINT block", "RELEASE block", ("ROLLBACK TO block", "RELEASE block"))


class Database:
    """A SQLite file opened for reading and writing.

    One connection behind a lock, for the statements are few and short: a connection for each thread would
    have to be closed when its thread ends, and the workers of servers come and go. SQLite forbids carrying a
    connection over a fork, so a forked child is refused.

    :param busy_seconds: how long to wait for another process's write
    """

    def __init__(self, path: Path, *, busy_seconds: float) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._peewee: Any = peewee.SqliteDatabase(
            str(path),
            pragmas={"foreign_keys": 1},
            timeout=busy_seconds,
            thread_safe=False,
            check_same_thread=False,
            autoconnect=False,
        )

    def connect(self) -> None:
        """Open the file."""
        with self.translated():
            self._peewee.connect()

    def close(self) -> None:
        """Close the connection; it may be closed already."""
        if os.getpid() == self._pid:
            with self._lock:
                self._peewee.close()

    def table(self, name: str, columns: tuple[str, ...]) -> Any:
        """Return peewee's query builder for a table, bound to this database alone."""
        return peewee.Table(name, columns).bind(self._peewee)

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one statement as it stands; return its rows."""
        with self.access():
            return list(self._peewee.execute_sql(sql).fetchall())

    @contextmanager
    def access(self) -> Iterator[None]:
        """Have the connection to this thread alone.

        :raises StoreError: for whatever SQLite refuses
        :raises InvalidInput: for a value that SQLite has no type for
        """
        if os.getpid() != self._pid:
            raise StoreError("The inventory was opened before this process was forked.", remedy="Open it again here.")
        with self._lock:
            if self._peewee.is_closed():
                raise StoreError(f"The inventory {self.path} has been closed.", remedy="Open it again.")
            with self.translated():
                yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of a block or nothing of it; blocks nest. Short: other threads and processes wait."""
        with self.access():
            connection = self._peewee.connection()
            begin, commit, rollback = _SAVEPOINT if connection.in_transaction else _TRANSACTION
            try:
                connection.execute(begin)  # inside: a Ctrl-C that came while it waited is raised after it began
                yield
                connection.execute(commit)
            except BaseException:
                _roll_back(connection, rollback)
                raise

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn SQLite's errors into ours, but those about constraints, which the tables know to read."""
        try:
            yield
        except peewee.IntegrityError:
            raise
        except (peewee.PeeweeException, sqlite3.Error) as error:
            raise store_error(self.path, error) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise InvalidInput(f"A value cannot be stored in the inventory: {error}.") from error


def _roll_back(connection: sqlite3.Connection, statements: tuple[str, ...]) -> None:
    """Undo a block.

    It need not be there: a full disk makes SQLite roll back by itself, and Ctrl-C may strike when the block has just
    ended or has not begun yet.
    """
    with suppress(sqlite3.OperationalError):
        for statement in statements:
            connection.execute(statement)
