"""Removing the files that a migration leaves behind: those that no VM of their server uses any more."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError, NotFound, OperationFailed
from convirt_core.platforms import PART
from convirt_core.services.disk_chains import known_chain
from convirt_core.services.vm_files import disks_of, files_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convirt_core.model import Disk
    from convirt_core.platforms import VMM, VNode
    from convirt_core.services.servers import Server

_LOOK_SECONDS = 30.0

_logger = logging.getLogger("convirt.migration")


def remove_unused(server: Server, paths: Iterable[str]) -> tuple[str, ...]:
    """Remove files, and what uploads left of them; those stay that a VM of the server names, or has a disk on.

    :return: those that should have gone and stay: one could not be removed, or a disk that cannot be read might
        stand on them
    :raises ServerUnavailable: the server does not answer; it may be done again
    """
    doomed = set(paths)
    if not doomed:
        return ()
    named, layered = server.call(_named_files, deadline_seconds=_LOOK_SECONDS)
    doomed -= named
    for path in layered if doomed else ():
        try:
            doomed.difference_update(known_chain(path, server.proxy))
        except (NotFound, OperationFailed) as error:  # of a disk that may have nothing to do with this
            _logger.warning(
                "%s keeps %s, which may be below %s: %s", server.node.name, ", ".join(sorted(doomed)), path, error
            )
            return tuple(sorted(doomed))
    return tuple(path for path in sorted(doomed) if not _is_removed(path, server))


def try_to_remove_unused(server: Server, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Do the same once; a server that does not answer keeps all."""
    try:
        return remove_unused(server, paths)
    except ConvirtError as error:
        _logger.warning("%s keeps %s: %s", server.node.name, ", ".join(paths), error)
        return paths


def _is_removed(path: str, server: Server) -> bool:
    try:
        server.proxy.remove_file(path)
        server.proxy.remove_file(path + PART)
    except (NotFound, OperationFailed) as error:
        _logger.warning("%s keeps %s: %s", server.node.name, path, error)
        return False
    return True


def _named_files(vnode: VNode, vmm: VMM) -> tuple[set[str], list[str]]:
    """Return all files that VMs name, and those of them that may stand on others."""
    vms = vnode.vms()
    named = {path for vm in vms for path in files_of(vm, vmm)}
    return named, sorted({disk.source for vm in vms for disk in disks_of(vm, vmm) if _may_stand_on_others(disk)})


def _may_stand_on_others(disk: Disk) -> bool:
    """Whether it has layers: what is in a drive is read as it is, and so is a raw disk, also one that is no file."""
    return disk.device == "disk" and disk.format != "raw"
