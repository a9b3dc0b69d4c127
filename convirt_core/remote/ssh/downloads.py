"""Fetching a file from a server: zeros become holes, and what is here of it already is not fetched again."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from convirt_core.errors import Conflict, ConvirtError, NotFound, ServerUnavailable
from convirt_core.platforms import PART
from convirt_core.remote.local_files import speaking_of
from convirt_core.remote.ssh.command_line import in_sh
from convirt_core.remote.ssh.deadline import Deadline
from convirt_core.remote.ssh.files import CHECKSUM, failure, plain
from convirt_core.remote.ssh.uploads import CHECKSUM_SECONDS, STALLED_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    import paramiko

    from convirt_core.platforms import NodeProxy, Progress
    from convirt_core.remote.ssh.link import Link

_PIECE_BYTES = 1 << 20
_HOLE_BYTES = 1 << 16
_BEGIN_SECONDS = 10.0
_ENGLISH = {"LC_ALL": "C"}
_LOOK = CHECKSUM + '[ ! -f "$1" ] || { stat -c %s -- "$1" && head -c "$2" -- "$1" | checksum; }'
_SEND = 'LC_ALL=C; export LC_ALL; exec tail -c "+$2" -- "$1"'


def download(proxy: NodeProxy, link: Link, path: str, target: Path, progress: Progress | None) -> None:
    """Fetch a file; it gets its name here when it is whole, and its checksum is right."""
    with speaking_of(str(target)):
        _Download(proxy, link, path, target.with_name(target.name + PART)).fetch(target, progress)


class _Download:
    def __init__(self, proxy: NodeProxy, link: Link, path: str, part: Path) -> None:
        self._proxy = proxy
        self._link = link
        self._path = path
        self._part = part
        self._sum = hashlib.sha256()

    def fetch(self, target: Path, progress: Progress | None) -> None:
        descriptor = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            begin, size = self._resume_at(descriptor)
            self._transfer(descriptor, begin, size, progress)
            self._verify()
            self._part.replace(target)
        except ServerUnavailable:
            raise  # what has come stays for the next attempt
        except BaseException:
            with suppress(OSError):
                self._part.unlink()
            raise
        finally:
            os.close(descriptor)

    def _verify(self) -> None:
        if self._proxy.checksum(self._path) != self._sum.hexdigest():
            raise Conflict(
                f"{self._path} was changed while it was fetched.", remedy="Fetch it while nobody writes to it."
            )

    def _resume_at(self, descriptor: int) -> tuple[int, int]:
        """Return how much is here already, and the size of the whole. A part of anything else is dropped."""
        here = os.fstat(descriptor).st_size
        argv = ["/bin/sh", "-c", _LOOK, "sh", plain(self._path), str(here)]
        result = self._proxy.run(argv, timeout_seconds=CHECKSUM_SECONDS, environment=_ENGLISH)
        if result.exit_code:
            raise failure(self._path, result.error_text)
        if not result.stdout:
            raise NotFound(f"There is no file {self._path}.")
        size, checksum = result.text.split()[:2]
        for offset in range(0, here, _PIECE_BYTES):
            self._sum.update(os.pread(descriptor, _PIECE_BYTES, offset))
        if self._sum.hexdigest() == checksum and here <= int(size):
            return here, int(size)
        self._sum = hashlib.sha256()
        os.ftruncate(descriptor, 0)
        return 0, int(size)

    def _transfer(self, descriptor: int, begin: int, size: int, progress: Progress | None) -> None:
        offset = begin
        with self._link.session(Deadline(_BEGIN_SECONDS)) as channel:
            self._link.transport.execute(channel, in_sh(_SEND, plain(self._path), str(begin + 1)))
            channel.settimeout(STALLED_SECONDS)
            while data := self._receive(channel):
                _write_sparsely(descriptor, data, offset)
                self._sum.update(data)
                offset += len(data)
                if progress is not None:
                    progress(min(offset, size), size)
            self._check_end(channel)
        os.ftruncate(descriptor, offset)

    def _receive(self, channel: paramiko.Channel) -> bytes:
        try:
            return channel.recv(_PIECE_BYTES)
        except OSError as error:
            raise self._broke_off() from error

    def _check_end(self, channel: paramiko.Channel) -> None:
        if not channel.status_event.wait(STALLED_SECONDS) or channel.exit_status < 0 or not self._link.is_alive:
            raise self._broke_off()
        if channel.exit_status:
            raise failure(self._path, channel.recv_stderr(4096).decode(errors="replace"))

    def _broke_off(self) -> ConvirtError:
        return ServerUnavailable(
            f"The connection with {self._link.route.host} ended while {self._path} was fetched.",
            remedy="Try again: only the rest will be fetched.",
        )


def _write_sparsely(descriptor: int, data: bytes, offset: int) -> None:
    """Write what is not zero. The file always ends where the data does, so that it says how much has come."""
    view = memoryview(data)
    for start in range(0, len(data), _HOLE_BYTES):
        piece = view[start : start + _HOLE_BYTES]
        if not _is_zero(piece):
            _write(descriptor, piece, offset + start)
    os.ftruncate(descriptor, max(offset + len(data), os.fstat(descriptor).st_size))


def _is_zero(piece: memoryview) -> bool:
    return piece == memoryview(bytes(len(piece)))


def _write(descriptor: int, piece: memoryview, offset: int) -> None:
    while piece:
        written = os.pwrite(descriptor, piece, offset)
        piece, offset = piece[written:], offset + written
