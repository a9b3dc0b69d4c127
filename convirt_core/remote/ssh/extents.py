"""Which stretches of a local file hold data, and what its content's checksum is, holes read as zeros."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, NamedTuple

from convirt_core.remote.local_copies import data_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_PIECE_BYTES = 1 << 20
_ZEROS = bytes(_PIECE_BYTES)
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


class Content:
    """A local file that is read once, in order, while its checksum is taken.

    :param size: bytes, as they were at the beginning
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size
        self.rewind()

    def rewind(self) -> None:
        """Begin anew."""
        self._sum = hashlib.sha256()
        self._offset = 0

    def pieces(self, extent: Extent) -> Iterator[bytes]:
        """Yield the data of the next extent; a hole before it goes into the checksum alone."""
        self.skip_to(extent.start)
        os.lseek(self._file.fileno(), extent.start, os.SEEK_SET)
        while self._offset < extent.end:
            data = os.read(self._file.fileno(), min(_PIECE_BYTES, extent.end - self._offset))
            if not data:
                return  # the file became shorter: the checksum will say so
            self._sum.update(data)
            self._offset += len(data)
            yield data

    def skip_to(self, offset: int) -> None:
        """Take a hole for zeros."""
        while self._offset < offset:
            count = min(_PIECE_BYTES, offset - self._offset)
            self._sum.update(_ZEROS[:count])
            self._offset += count

    def read_to(self, offset: int) -> str:
        """Read from the beginning up to an offset; return the checksum of that much, in hex."""
        for extent in extents(self._file, offset):
            for _ in self.pieces(extent):
                pass
        self.skip_to(offset)
        return self.checksum

    @property
    def checksum(self) -> str:
        """Return the checksum of what was read so far."""
        return self._sum.hexdigest()
