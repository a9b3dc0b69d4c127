"""Making a file what this version works with: there, and of the newest schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.store.creation import create
from convirt_core.store.database import Database
from convirt_core.store.migrations.history import MIGRATIONS
from convirt_core.store.schema import migrate

if TYPE_CHECKING:
    from pathlib import Path


def make_or_upgrade(path: Path, *, busy_seconds: float) -> None:
    """Make an empty inventory if there is none, and run the migrations that an old one has not seen.

    :raises StoreError: if it cannot be done; an old inventory is as it was
    """
    create(path, MIGRATIONS, busy_seconds=busy_seconds)
    database = Database(path, busy_seconds=busy_seconds)
    try:
        database.connect()
        migrate(database, MIGRATIONS)
    finally:
        database.close()
