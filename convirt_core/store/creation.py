"""Making a new inventory: whole or not at all."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from convirt_core.errors import StoreError
from convirt_core.store.database import Database
from convirt_core.store.faults import unusable
from convirt_core.store.schema import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_SIBLINGS = ("", "-journal", "-wal", "-shm")


def create(path: Path, migrations: Sequence[Sequence[str]], *, busy_seconds: float) -> None:
    """Make an empty inventory, unless another process was first; its folder is made too.

    It is made beside its place and then moved there: a file that exists is complete, so whoever finds an
    empty or half one knows that it is damaged. SQLite cannot wait while two switch to write-ahead mode.

    :raises StoreError: if it cannot be made; nothing is left behind
    """
    draft = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _folder_to_ourselves(path.parent):
            if not path.exists():
                _refuse_leftovers(path)
                _make(draft, migrations, busy_seconds)
                draft.replace(path)
                _remove(draft)
    except OSError as error:
        raise unusable(path, error) from error


def _refuse_leftovers(path: Path) -> None:
    """Refuse to begin beside the write-ahead file of an inventory that was moved: SQLite would mix the two."""
    for suffix in ("-wal", "-journal"):
        left = path.with_name(path.name + suffix)
        if left.exists() and left.stat().st_size:
            raise StoreError(
                f"There is no inventory {path}, but {left.name} of an earlier one.",
                remedy=f"Bring the inventory back, or move {left.name} away too.",
            )


def _make(draft: Path, migrations: Sequence[Sequence[str]], busy_seconds: float) -> None:
    _remove(draft)  # of a process that was killed
    draft.touch(mode=0o600)
    database = Database(draft, busy_seconds=busy_seconds)
    try:
        database.connect()
        migrate(database, migrations)
        database.execute("PRAGMA journal_mode = wal")  # last, so that nothing is in the -wal file, which stays behind
        database.close()
    except BaseException:
        database.close()
        _remove(draft)
        raise


def _remove(draft: Path) -> None:
    for suffix in _SIBLINGS:
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)


@contextmanager
def _folder_to_ourselves(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # a killed process lets go of it
        yield
    finally:
        os.close(descriptor)
