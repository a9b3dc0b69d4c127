"""A look at the file before anything may write to it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from convirt_core.errors import StoreError
from convirt_core.store.faults import damaged, read_only, store_error, unusable

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION_ID = 0x43565254
"""`CVRT` in the header's application id (https://www.sqlite.org/fileformat.html, 1.3.17): the file is ours."""

_MAGIC = b"SQLite format 3\0"
_CHECKED_BYTES = 4 << 20
"""Up to this size a file is checked whole when it is opened; that takes about a millisecond for each MiB."""


def examine(path: Path, *, newest: int, busy_seconds: float) -> int | None:
    """Return the number of an inventory's schema; None: it is still to be made.

    Reads only: the file's bytes are the same afterwards, whatever is found. A connection that may write
    would copy a waiting `-wal` file into it when it closes.

    :param newest: number of the newest schema that is known
    :raises StoreError: for a file that must not be opened
    """
    try:
        if not path.exists():
            return None
        if not path.is_file():
            raise StoreError(f"The inventory {path} is not a file.", remedy="Name a file, or move away what is there.")
        if not (_is_writable(path) and _is_writable(path.parent)):
            raise read_only(path)
        size_bytes = path.stat().st_size
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise unusable(path, error) from error
    if magic != _MAGIC:
        raise damaged(path, "it is not a database" if magic else "it is empty")
    return _look_inside(path, size_bytes, newest, busy_seconds)


def _is_writable(path: Path) -> bool:
    # root may write whatever the mode says; a mode without any write bit is a wish all the same
    return os.access(path, os.W_OK) and bool(path.stat().st_mode & 0o222)


def _look_inside(path: Path, size_bytes: int, newest: int, busy_seconds: float) -> int:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=busy_seconds)
        with closing(connection):
            number = _check_identity(path, connection, newest)
            if size_bytes <= _CHECKED_BYTES:
                _check_pages(path, connection)
            return number
    except sqlite3.Error as error:
        raise store_error(path, error) from error


def _check_identity(path: Path, connection: sqlite3.Connection, newest: int) -> int:
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if owner != APPLICATION_ID:
        raise StoreError(
            f"{path} is a database of another program, not an inventory.", remedy="Name another file for the inventory."
        )
    if version > newest:
        raise StoreError(
            f"The inventory {path} was written by a newer ConVirt (schema {version}, this one knows {newest}).",
            remedy="Update ConVirt, or name another data folder.",
        )
    return version


def _check_pages(path: Path, connection: sqlite3.Connection) -> None:
    (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise damaged(path, answer.splitlines()[-1])
