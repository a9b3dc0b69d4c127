"""Write a file of the person's in the place of the old one, with its rights."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from convirt_core.atomic_file import replacing, write_all
from convirt_core.errors import OperationFailed

_PRIVATE = 0o600
"""Of a new file: a configuration may hold a console's password."""


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` in the place of the file; who reads sees the old or the new.

    Mode and owner of an existing file are kept, and a symbolic link stays one. A new file is readable only
    by its owner.

    :raises OperationFailed: it could not be written; the old file is unchanged
    """
    target = Path(os.path.realpath(path))
    try:
        old = target.stat() if target.exists() else None
        with replacing(str(target), old.st_mode & 0o7777 if old else _PRIVATE) as descriptor:
            write_all(descriptor, data)
            if old:
                _give_to(descriptor, old)
            os.fsync(descriptor)
        _sync_folder(target.parent)
    except OSError as error:
        raise OperationFailed(
            f"{path} could not be written: {error.strerror}.",
            remedy="Look for free space and permissions in its folder.",
        ) from error


def _give_to(descriptor: int, old: os.stat_result) -> None:
    """Give the new file the owner of the old one. Only root may give a file away; anyone else writes as themselves."""
    with suppress(PermissionError):
        os.fchown(descriptor, old.st_uid, old.st_gid)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
