"""Write a file all or nothing."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from convirt_core.errors import OperationFailed


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` in the place of the file, through a new file beside it; who reads sees the old or the new.

    Mode and owner of an existing file are kept, and a symbolic link stays one. A new file is readable only
    by its owner: a configuration may hold a console's password.

    :raises OperationFailed: it could not be written; the old file is unchanged
    """
    target = Path(os.path.realpath(path))
    try:
        temporary = _write_beside(target, data)
        try:
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(target.parent)
    except OSError as error:
        raise OperationFailed(
            f"{path} could not be written: {error.strerror}.",
            remedy="Look for free space and permissions in its folder.",
        ) from error


def _write_beside(target: Path, data: bytes) -> Path:
    """Write a temporary file in the folder of `target`, safely on disk; it is removed if that fails."""
    descriptor, name = tempfile.mkstemp(prefix=".convirt-", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            _take_over_rights(target, file.fileno())
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink()
        raise
    return temporary


def _take_over_rights(target: Path, descriptor: int) -> None:
    """Give the new file mode and owner of the old one, if there is one."""
    with contextlib.suppress(FileNotFoundError):
        old = target.stat()
        # Only root may give a file away; anyone else writes as themselves.
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, old.st_uid, old.st_gid)
        os.fchmod(descriptor, old.st_mode & 0o7777)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
