"""Which stretches of a local file hold data, and what its content's checksum is, holes read as zeros."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, NamedTuple

from convirt_core.errors import Conflict
from convirt_core.remote.local_copies import data_ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

_PIECE_BYTES = 1 << 20
_ZEROS = bytes(_PIECE_BYTES)
BLOCK_BYTES = 256 << 20
"""The server takes checksums of so much while the next is on its way."""

_LEAST_HOLE_BYTES = 1 << 16
"""A smaller hole is sent as zeros: to pass over it takes the server longer."""


class Extent(NamedTuple):
    """A stretch of data. What is before it and after the last one is a hole."""

    start: int
    end: int


def extents(file: BinaryIO, size: int, begin: int = 0) -> list[Extent]:
    """Return the stretches of data between two offsets, those with little between them as one.

    :param size: where to end: the file may go on
    """
    found: list[Extent] = []
    for start, stop in data_ranges(file.fileno(), size):
        first, end = max(start, begin), min(stop, size)
        if end <= first:
            continue
        if found and first - found[-1].end < _LEAST_HOLE_BYTES:
            found[-1] = Extent(found[-1].start, end)
        else:
            found.append(Extent(first, end))
    return found


def in_blocks(stretches: Iterable[Extent]) -> Iterator[Extent]:
    """Yield the same data in stretches of at most a block."""
    for start, end in stretches:
        for first in range(start, end, BLOCK_BYTES):
            yield Extent(first, min(end, first + BLOCK_BYTES))


class Sum(NamedTuple):
    """The SHA-256 of what is between two offsets, in hex; holes are zeros."""

    start: int
    end: int
    checksum: str


class Content:
    """A local file that is read once, in order, while checksums are taken.

    :param size: bytes, as they were at the beginning
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size
        self.rewind()

    def rewind(self) -> None:
        """Begin anew."""
        self._offset = self._sum_start = 0
        self._sum = hashlib.sha256()

    @property
    def unsummed_bytes(self) -> int:
        """How much was read since the last checksum was taken."""
        return self._offset - self._sum_start

    def pieces(self, extent: Extent) -> Iterator[bytes]:
        """Yield the data of the next extent; a hole before it goes into the checksum alone.

        :raises Conflict: the file has become shorter
        """
        self.skip_to(extent.start)
        os.lseek(self._file.fileno(), extent.start, os.SEEK_SET)
        while self._offset < extent.end:
            data = os.read(self._file.fileno(), min(_PIECE_BYTES, extent.end - self._offset))
            if not data:
                raise Conflict("The file became shorter while it was sent.", remedy="Send it while nobody writes it.")
            self._sum.update(data)
            self._offset += len(data)
            yield data

    def skip_to(self, offset: int) -> None:
        """Take a hole for zeros."""
        while self._offset < offset:
            count = min(_PIECE_BYTES, offset - self._offset)
            self._sum.update(_ZEROS[:count])
            self._offset += count

    def read_to(self, offset: int) -> Sum:
        """Read from the beginning up to an offset; return the checksum of that much."""
        for extent in extents(self._file, offset):
            for _ in self.pieces(extent):
                pass
        self.skip_to(offset)
        return self.take_sum()

    def take_sum(self) -> Sum:
        """Return the checksum of what was read since the last one was taken."""
        taken = Sum(self._sum_start, self._offset, self._sum.hexdigest())
        self._sum_start, self._sum = self._offset, hashlib.sha256()
        return taken
