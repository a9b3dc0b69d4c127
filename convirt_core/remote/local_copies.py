"""Copying a file on this machine: shared blocks where the file system can, holes stay holes everywhere."""

from __future__ import annotations

import errno
import fcntl
import os
from typing import TYPE_CHECKING

from convirt_core.atomic_file import replacing
from convirt_core.errors import OperationFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from convirt_core.platforms import Progress

_FICLONE = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)
_PIECE_BYTES = 32 << 20
_CANNOT = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTTY, errno.EPERM}


def copy_file(source: Path, path: str, progress: Progress | None) -> None:
    """Copy a file to `path`, which appears when it is whole.

    :param progress: told of the bytes done, holes counted as done
    """
    with source.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode & 0o777
        size = file.seek(0, os.SEEK_END)
        with replacing(path, mode) as target:
            if not _share_blocks(file.fileno(), target):
                os.ftruncate(target, size)
                _copy_data(file.fileno(), target, size, progress)
            if progress is not None:
                progress(size, size)


def data_ranges(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each stretch of data: lseek(2), SEEK_DATA and SEEK_HOLE."""
    end = 0
    while end < size:
        try:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole up to the end
                return
            raise
        end = os.lseek(descriptor, start, os.SEEK_HOLE)
        yield start, end


def _share_blocks(source: int, target: int) -> bool:
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as error:
        if error.errno in _CANNOT:
            return False
        raise
    return True


def _copy_data(source: int, target: int, size: int, progress: Progress | None) -> None:
    for start, end in data_ranges(source, size):
        offset = start
        while offset < end:
            offset += _copy_piece(source, target, offset, min(_PIECE_BYTES, end - offset))
            if progress is not None:
                progress(offset, size)


def _copy_piece(source: int, target: int, offset: int, count: int) -> int:
    """Copy in the kernel; return how many bytes, at least one."""
    try:
        copied = os.copy_file_range(source, target, count, offset, offset)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
        os.lseek(target, offset, os.SEEK_SET)
        copied = os.sendfile(target, source, offset, count)
    if not copied:
        raise OperationFailed("The file became shorter while it was copied.", remedy="Copy it while nobody writes it.")
    return copied
