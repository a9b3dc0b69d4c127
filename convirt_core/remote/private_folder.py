"""Folders for sockets that only this user can look into, and the removal of those that a killed process has left."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from convirt_core.errors import OperationFailed

_PREFIX = "convirt-way-"
_SOCKET = "socket"
_LONGEST_PATH = 107
"""unix(7), sun_path, without the zero at its end."""


class PrivateFolder:
    """A new folder (0700: whatever a socket's own mode means here) with the place for one socket.

    It is held by a lock (flock(2)), which ends with the process in whatever way that ends: who gets the lock
    may remove the folder. Where the file system has no locks nobody gets it, and what is left stays.

    :ivar name: its path
    :ivar socket: where the socket is to be
    :raises OperationFailed: there is no place for it
    """

    def __init__(self) -> None:
        place = _own_place()
        try:
            place = place or tempfile.gettempdir()
            self._folder, self._lock = _made(place)
        except OSError as error:
            raise no_place(place or "any folder for temporary files", error) from error
        self.name = self._folder.name
        self.socket = Path(self.name) / _SOCKET

    def close(self) -> None:
        """Remove it with what is in it. Once only."""
        try:
            self._folder.cleanup()
        finally:
            os.close(self._lock)


def remove_left() -> None:
    """Remove the folders of this user whose processes have ended without doing so."""
    with suppress(OSError):  # there is no place for temporary files, so there are none
        for place in {_own_place(), tempfile.gettempdir()} - {""}:
            for path in Path(place).glob(f"{_PREFIX}*"):
                with suppress(OSError):  # it is in use, or another's, or removed meanwhile
                    _remove_if_left(path)


def no_place(place: str, error: OSError) -> OperationFailed:
    """Return the error to raise when there can be no socket in a folder."""
    return OperationFailed(
        f"There can be no socket in {place}: {error.strerror or error}.",
        remedy="Name a folder of yours with a short path: XDG_RUNTIME_DIR, else TMPDIR.",
    )


def _own_place() -> str:
    """Return the folder that is only this user's; empty: there is none, and that for temporary files has to do."""
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    return own if _is_fit(own) else ""


def _is_fit(place: str) -> bool:
    """Whether a folder can hold the socket: one that su(1) has left in the environment is another user's, or gone."""
    length = len(os.fsencode(f"{place}/{_PREFIX}12345678/{_SOCKET}"))
    return length <= _LONGEST_PATH and Path(place).is_absolute() and os.access(place, os.W_OK | os.X_OK)


def _made(place: str) -> tuple[tempfile.TemporaryDirectory[str], int]:
    """Make a folder; return it with the descriptor that holds its lock."""
    while True:
        folder = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=place)
        try:
            return folder, _held(folder.name)
        except OSError as error:
            folder.cleanup()
            if not isinstance(error, FileNotFoundError):  # else another process has removed it before it was held
                raise


def _held(path: str) -> int:
    """Return the descriptor of a folder of ours, locked where locks are. Raises `FileNotFoundError`."""
    descriptor = _opened(Path(path))
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    if not Path(path).exists():
        os.close(descriptor)
        raise FileNotFoundError(path)
    return descriptor


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def _remove_if_left(path: Path) -> None:
    """Remove a folder of this user that holds a socket, or nothing. Raises `OSError` if that cannot be."""
    descriptor = _opened(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_uid != os.geteuid() or not _is_one_of_ours(descriptor):
            return
        with suppress(FileNotFoundError):
            os.unlink(_SOCKET, dir_fd=descriptor)
        path.rmdir()
    finally:
        os.close(descriptor)


def _is_one_of_ours(descriptor: int) -> bool:
    """Whether there is nothing in a folder but a socket with our name for it."""
    found = os.listdir(descriptor)
    return not found or (found == [_SOCKET] and stat.S_ISSOCK(os.lstat(_SOCKET, dir_fd=descriptor).st_mode))
