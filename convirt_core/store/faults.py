"""SQLite's errors in sentences for the person."""

from __future__ import annotations

import errno
import os
import sqlite3
from typing import TYPE_CHECKING

from convirt_core.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

_PRIMARY_CODE = 0xFF
"""Mask of the primary result code in an extended one (https://www.sqlite.org/rescode.html)."""

_LITTLE_BYTES = 1 << 20

_DAMAGED = "Restore it from a backup, or move it away with its -wal and -shm files to begin anew; no VM is affected."


def damaged(path: Path, detail: str) -> StoreError:
    """Return the error for a file whose content is not what it should be."""
    return StoreError(f"The inventory {path} is damaged ({detail}).", remedy=_DAMAGED)


def read_only(path: Path) -> StoreError:
    """Return the error for a file, or the folder of one, that may not be written."""
    return StoreError(f"The inventory {path} is read-only.", remedy="Make the file and its folder writable.")


def full(path: Path) -> StoreError:
    """Return the error for a disk without space."""
    message = f"The inventory {path} cannot be written: the disk is full."
    return StoreError(message, remedy="Free some space and try again.")


def unusable(path: Path, error: OSError) -> StoreError:
    """Return the error for a file that the operating system does not let us have."""
    if error.errno == errno.ENOSPC:
        return full(path)
    return StoreError(
        f"The inventory {path} cannot be opened: {error.strerror or error}.",
        remedy="Make the file readable and writable, or name another data folder.",
    )


def is_missing_reference(error: Exception) -> bool:
    """Whether a row names another that is not there (https://www.sqlite.org/rescode.html#constraint_foreignkey)."""
    return getattr(_original(error), "sqlite_errorcode", 0) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY


def store_error(path: Path, error: Exception) -> StoreError:
    """Return what `error`, of sqlite3 or of peewee around one of sqlite3, means to the person."""
    original = _original(error)
    code = getattr(original, "sqlite_errorcode", 0) & _PRIMARY_CODE
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return damaged(path, str(original))
    if code == sqlite3.SQLITE_READONLY:
        return read_only(path)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(path)):
        return full(path)
    sentence, remedy = _SENTENCES.get(code, (f"cannot be used: {original}", "Look at the file and its folder."))
    return StoreError(f"The inventory {path} {sentence}.", remedy=remedy)


_LOCKED = ("is locked by another process", "Try again when the other process is done, or end it.")
_SENTENCES = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "Make the file and its folder readable and writable."),
    sqlite3.SQLITE_IOERR: ("cannot be read or written: the disk reports an error", "Look at the disk and its space."),
}


def _original(error: Exception) -> Exception:
    original: Exception = getattr(error, "orig", error)  # peewee keeps the error that it stands for
    return original


def _is_full(path: Path) -> bool:
    # for its -shm file SQLite reports a full disk as an I/O error
    file_system = os.statvfs(path.parent)
    return file_system.f_bavail * file_system.f_frsize < _LITTLE_BYTES
