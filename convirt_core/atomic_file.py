"""Writing a file whole or not at all: who reads sees the old or the new. Errors are the system's (`OSError`)."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_NAME = 200
"""Of a name's 255 bytes (Linux, `NAME_MAX`), so many characters are taken over into the new file's."""


@contextmanager
def replacing(path: str, mode: int) -> Iterator[int]:
    """Give the descriptor of a new file that takes the place of `path` at the end, or vanishes on any error.

    :param mode: its rights, whatever those of an old file were
    """
    target = Path(path)
    fresh = target.with_name(f".{target.name[:_LONGEST_NAME]}.{os.getpid()}-{os.urandom(4).hex()}.part")
    try:
        descriptor = _open_new(fresh)
    except OSError as error:
        error.filename = path  # whoever is told knows nothing of the other name
        raise
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


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte: one write(2) may take a part of them."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


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
