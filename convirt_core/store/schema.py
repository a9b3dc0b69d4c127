"""Bringing a file to the newest schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.store.examination import APPLICATION_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.store.database import Database


def migrate(database: Database, migrations: Sequence[Sequence[str]]) -> None:
    """Run the migrations that the file has not seen, all or none.

    The number is read again inside the transaction: another process may have been first.
    """
    if schema_number(database) == len(migrations):
        return
    with database.transaction():
        for statements in migrations[schema_number(database) :]:
            for statement in statements:
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {len(migrations)}")
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def schema_number(database: Database) -> int:
    """Return which migration the file has seen last; 0: none."""
    number: int = database.execute("PRAGMA user_version")[0][0]
    return number
