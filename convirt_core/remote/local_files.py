"""Files of this machine: whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from convirt_core import platforms
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


@contextmanager
def replacing(path: str, mode: int) -> Iterator[int]:
    """Give the descriptor of a new file that takes the place of `path` at the end, or vanishes on any error."""
    target = Path(path)
    fresh = target.with_name(f".{target.name[:200]}.{os.getpid()}-{os.urandom(4).hex()}.part")
    descriptor = _open_new(fresh)
    try:
        try:
            yield descriptor
            os.fchmod(descriptor, mode)
            _give_name(descriptor, fresh)
        finally:
            os.close(descriptor)
        fresh.replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            fresh.unlink()
        raise


def _open_new(fresh: Path) -> int:
    """Open a new file without a name, so that nothing is left of it when this process is killed: open(2), O_TMPFILE.

    On a file system that has no such files (NFS, FAT) it is named from the beginning.
    """
    try:
        return os.open(fresh.parent, os.O_RDWR | os.O_TMPFILE | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in {errno.EOPNOTSUPP, errno.EISDIR}:
            raise
    return os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _give_name(descriptor: int, fresh: Path) -> None:
    if os.fstat(descriptor).st_nlink:
        return
    folder = os.open(fresh.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # only with a descriptor of the folder does Python follow the link in /proc, as linkat(2) says
        os.link(f"/proc/self/fd/{descriptor}", fresh.name, dst_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


def write_whole(path: str, content: bytes, mode: int) -> None:
    """Write a file atomically; its content reaches the disk before its name does."""
    with replacing(path, mode) as descriptor:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
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
