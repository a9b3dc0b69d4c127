"""Files of this machine, with errors that speak of a path."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from convirt_core import platforms
from convirt_core.atomic_file import replacing, write_all
from convirt_core.errors import InvalidInput, NotFound, OperationFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.platforms import FileEntry

_REMEDIES = {
    errno.ENOSPC: "Free some space there, or choose another folder.",
    errno.EACCES: "Run convirt as a user who may.",
    errno.EROFS: "Choose a folder that can be written.",
}


@contextmanager
def speaking_of(path: str) -> Iterator[None]:
    """Turn the system's errors about a path into ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"There is no {error.filename or path}.") from error
    except OSError as error:
        message = f"{path}: {error.strerror or error}."
        raise OperationFailed(message, remedy=_REMEDIES.get(error.errno or 0, "")) from error
    except ValueError as error:
        raise InvalidInput(f"{path!r} cannot be a path: {error}.") from error


def write_whole(path: str, content: bytes, mode: int) -> None:
    """Write a file atomically; its content reaches the disk before its name does."""
    with replacing(path, mode) as descriptor:
        write_all(descriptor, content)
        os.fsync(descriptor)


def read_limited(path: str, limit_bytes: int) -> bytes:
    """Read a regular file of at most `limit_bytes`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe without a writer must not hang
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OperationFailed(f"{path} is not a file.")
        content = file.read(limit_bytes + 1)
    if len(content) > limit_bytes:
        raise OperationFailed(f"{path} is larger than {limit_bytes} bytes.")
    return content


def entry(name: str, status: os.stat_result) -> FileEntry:
    """Return the entry of a file with this status."""
    mode = status.st_mode
    kind = "other"
    if stat.S_ISREG(mode):
        kind = "file"
    elif stat.S_ISDIR(mode):
        kind = "folder"
    elif stat.S_ISLNK(mode):
        kind = "link"
    return platforms.FileEntry(name, kind, status.st_size, status.st_mtime)
