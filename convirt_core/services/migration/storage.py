"""The files of a VM that is to move, and which of them the destination has."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from convirt_core.errors import OperationFailed
from convirt_core.services.disk_chains import disk_chain
from convirt_core.services.migration.probing import same_content, share_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.model import Disk
    from convirt_core.platforms import NodeProxy, VMConfig


class Role(StrEnum):
    """What a file is to its VM."""

    DISK = "disk"  # written
    READ_ONLY = "read-only"  # a CD, or what a disk stands on
    KERNEL = "kernel"
    RAMDISK = "ramdisk"
    VARIABLES = "variables"  # of its firmware; a running VM takes them along itself


class There(StrEnum):
    """What the destination has at the same path."""

    SHARED = "shared"  # the very same file, as a probe proved
    SAME = "same"  # another file of the same content; never a disk
    ALIKE = "alike"  # another file of a disk's size, whose content the task compares: that may take minutes
    OTHER = "other"  # something else
    NOTHING = "nothing"
    UNKNOWN = "unknown"  # it is no file, so nothing can be proved


@frozen
class MovingFile:
    """One file of the VM.

    :param target: of the disk that it is, or belongs to; empty: none
    :param disk_format: of a disk
    :param size_bytes: what a copy takes on disk: holes stay holes
    """

    path: str
    role: Role
    there: There
    target: str = ""
    disk_format: str = ""
    size_bytes: int = 0


def files_of_vm(
    config: VMConfig, source: NodeProxy, destination: NodeProxy, *, live: bool, copied: bool
) -> tuple[MovingFile, ...]:
    """Return all files that a VM needs, with what the destination has of each.

    :param config: of the VM as it would be defined there
    :param live: it runs meanwhile
    :param copied: disks that are not shared are copied; those of a running VM as the guest sees them, so that what
        they stand on is not needed. Those of a stopped one may be there already, as a move with --keep-disks left them
    """
    look = _Look(source, destination, takes_disks=copied and not live)
    found = [
        look.at(str(config.get("kernel") or ""), Role.KERNEL),
        look.at(str(config.get("ramdisk") or ""), Role.RAMDISK),
        look.at("" if live else config.variables(), Role.VARIABLES),
    ]
    for disk in config.disks():
        found.extend(look.disk(disk, flattened=live and copied))
    return tuple({file.path: file for file in found if file.path}.values())


class _Look:
    """Looks at files from both servers; a folder is probed once.

    :param takes_disks: what is written may be there already; else another file is something else
    """

    def __init__(self, source: NodeProxy, destination: NodeProxy, *, takes_disks: bool) -> None:
        self._source = source
        self._destination = destination
        self._takes_disks = takes_disks
        self._shared: dict[str, bool] = {}

    def disk(self, disk: Disk, *, flattened: bool) -> Iterator[MovingFile]:
        """Yield a disk's file, and those below it."""
        written = not disk.read_only and disk.device == "disk"
        own = self.at(disk.source, Role.DISK if written else Role.READ_ONLY, disk.target, disk.format)
        has_chain = own.there is not There.UNKNOWN and disk.format == "qcow2"
        below = disk_chain(disk.source, self._source)[1:] if has_chain else []
        if written and flattened and own.there is not There.SHARED:
            yield evolve(own, size_bytes=own.size_bytes + sum(self._allocated_bytes(path) for path in below))
            return
        yield own
        for path in below:
            yield self.at(path, Role.READ_ONLY, disk.target)

    def at(self, path: str, role: Role, target: str = "", disk_format: str = "") -> MovingFile:
        """Return one file with what the destination has of it."""
        entry = self._source.stat(path) if path.startswith("/") else None
        if not path or entry is None or entry.kind != "file":
            return MovingFile(path, role, There.UNKNOWN, target, disk_format)
        there = self._there(path, role, entry.size_bytes)
        return MovingFile(path, role, there, target, disk_format, self._allocated_bytes(path))

    def _allocated_bytes(self, path: str) -> int:
        """Return what a file takes on its disk. Source: stat(1) of GNU coreutils and busybox, %b blocks of %B bytes."""
        said = self._source.run(["stat", "-L", "-c", "%b %B", "--", path])
        blocks, _, block_bytes = said.text.partition(" ")
        if not (blocks.isdigit() and block_bytes.isdigit()):
            raise OperationFailed(f"It cannot be told how large {path} is: {said.error_text or said.text!r}.")
        return int(blocks) * int(block_bytes)

    def _there(self, path: str, role: Role, size_bytes: int) -> There:
        if self._is_shared(str(PurePosixPath(path).parent)):
            return There.SHARED
        entry = self._destination.stat(path)
        if entry is None:
            return There.NOTHING
        if role is Role.DISK:
            return There.ALIKE if self._takes_disks and entry.size_bytes == size_bytes else There.OTHER
        return There.SAME if same_content(self._source, self._destination, path) else There.OTHER

    def _is_shared(self, folder: str) -> bool:
        if folder not in self._shared:
            self._shared[folder] = share_folder(self._source, self._destination, folder)
        return self._shared[folder]
