"""Whether the destination reaches the VM's files, or there is room for copies."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from convirt_core.errors import NotFound
from convirt_core.model import Severity
from convirt_core.services.migration.checks.check import check
from convirt_core.services.migration.storage import MovingFile, Role, There

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.platforms import NodeProxy
    from convirt_core.services.migration.inquiry import Inquiry

_COPY = "Copy it with --copy-storage, or keep it on storage that both servers reach."


@check("disk-not-shared", "Disk", Severity.ERROR, remedy=_COPY)
def disk_not_shared(ask: Inquiry) -> Iterator[str]:
    """A disk is the source's alone."""
    for file in _files(ask, Role.DISK):
        if file.there in {There.NOTHING, There.OTHER} and not ask.options.copy_storage:
            yield f"{ask.there} does not reach the disk {file.target}: {file.path} is on {ask.here} alone."


@check("disk-unproved", "Disk", Severity.ERROR, remedy="If you know that it does, use --force.")
def disk_unproved(ask: Inquiry) -> Iterator[str]:
    """A disk is no file, so that no probe can prove that the destination reaches it."""
    for file in (*_files(ask, Role.DISK), *_files(ask, Role.READ_ONLY)):
        if file.there is There.UNKNOWN:
            yield f"It cannot be proved that {ask.there} reaches the disk {file.target}: {file.path}."


@check("disk-in-the-way", "Disk", Severity.ERROR, remedy="Look what it is, and remove it.")
def disk_in_the_way(ask: Inquiry) -> Iterator[str]:
    """A copy would overwrite something, or what is there in its place belongs to another VM."""
    for file in _files(ask, Role.DISK):
        if file.there is There.OTHER and ask.options.copy_storage:
            yield f"{ask.there} has another {file.path} already."
        elif file.there is There.ALIKE and (user := ask.destination_disks.get(file.path)):
            yield f"{ask.there} has a {file.path} already, which is a disk of its {user}."


@check("disk-space-short", "Disk", Severity.ERROR, remedy="Free space there.")
def disk_space_short(ask: Inquiry) -> Iterator[str]:
    """There is no room for the copies."""
    needed: Counter[str] = Counter()
    for file in ask.files if ask.options.copy_storage else ():
        if file.there is There.NOTHING:
            needed[str(PurePosixPath(file.path).parent)] += file.size_bytes
    for folder, amount in needed.items():
        free = _free_bytes(ask.destination.proxy, PurePosixPath(folder))
        if amount > free:
            yield f"{ask.there} has {free >> 20} MiB free for {folder}, and the copies need {amount >> 20} MiB."


@check("file-missing", "Disk", Severity.ERROR, remedy=_COPY)
def file_missing(ask: Inquiry) -> Iterator[str]:
    """What a disk stands on, a CD, or the variables of its firmware are not there."""
    for file in (*_files(ask, Role.READ_ONLY), *_files(ask, Role.VARIABLES)):
        if file.there is There.NOTHING and not ask.options.copy_storage:
            yield f"{ask.there} has no {file.path}, which {ask.vm.name} needs."


@check("file-differs", "Disk", Severity.ERROR, remedy="Look which of them is wanted.")
def file_differs(ask: Inquiry) -> Iterator[str]:
    """What the VM only reads is something else there."""
    for role in (Role.READ_ONLY, Role.KERNEL, Role.RAMDISK, Role.VARIABLES):
        for file in _files(ask, role):
            if file.there is There.OTHER:
                yield f"{file.path} has another content on {ask.there}."


@check("kernel-missing", "Kernel", Severity.ERROR, remedy=_COPY)
def kernel_missing(ask: Inquiry) -> Iterator[str]:
    """The VM's kernel is not there."""
    yield from _not_there(ask, Role.KERNEL)


@check("ramdisk-missing", "Ramdisk", Severity.ERROR, remedy=_COPY)
def ramdisk_missing(ask: Inquiry) -> Iterator[str]:
    """The VM's initial ramdisk is not there."""
    yield from _not_there(ask, Role.RAMDISK)


@check("bootloader-missing", "Bootloader", Severity.ERROR, remedy="Install it there.")
def bootloader_missing(ask: Inquiry) -> Iterator[str]:
    """The bootloader or firmware that starts the VM is not there."""
    for path in ask.config.programs():
        if ask.destination.proxy.stat(path) is None:
            yield f"{ask.there} has no {path}."


def _not_there(ask: Inquiry, role: Role) -> Iterator[str]:
    for file in _files(ask, role):
        if file.there in {There.NOTHING, There.UNKNOWN} and not ask.options.copy_storage:
            yield f"{ask.there} has no {file.path}."


def _files(ask: Inquiry, role: Role) -> list[MovingFile]:
    return [file for file in ask.files if file.role is role]


def _free_bytes(proxy: NodeProxy, folder: PurePosixPath) -> int:
    """Return what is free for a folder that may not be there yet."""
    for place in (folder, *folder.parents):
        try:
            return proxy.free_bytes(str(place))
        except NotFound:
            continue
    return 0
