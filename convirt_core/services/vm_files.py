"""The files that a VM names, in its definition and while it runs."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from convirt_core.errors import NotFound, WrongState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.model import Disk
    from convirt_core.platforms import VM, VMM


def named_after(name: str) -> str:
    """Return what a VM's own files are called after: its name, with a blank for a tab.

    libvirt (9.0) writes a tab in a path as it is into an attribute, where XML takes it for a blank.
    """
    return name.replace("\t", " ")


def files_of(vm: VM, vmm: VMM) -> Iterator[str]:
    """Yield the paths of its disks, kernel and ramdisk, some twice; what one has not is empty.

    A VM that goes or stops meanwhile is no error.
    """
    with suppress(NotFound, WrongState):
        if vm.persistent:
            config = vmm.config(vm.key)
            yield from (str(config.get(key) or "") for key in ("kernel", "ramdisk"))
    yield from (disk.source for disk in disks_of(vm, vmm))


def disks_of(vm: VM, vmm: VMM) -> Iterator[Disk]:
    """Yield its disks, as they are defined and as it runs with them; most twice. Likewise."""
    with suppress(NotFound, WrongState):
        if vm.persistent:
            yield from vmm.config(vm.key).disks()
        if vm.state.is_resident:
            yield from vmm.info(vm.key).disks
