"""Which VMs of a server stand on an image's copies, whoever made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.services.disk_chains import disk_chain
from convirt_core.services.vm_files import files_of

if TYPE_CHECKING:
    from convirt_core.platforms import VM, VMM, NodeProxy, VNode


def users_of(folder: str, vnode: VNode, vmm: VMM, proxy: NodeProxy) -> list[str]:
    """Return the names of the VMs that boot a file of the folder, or have a disk that stands on one.

    The records do not tell: a VM that was imported, or whose server was removed and added again, has none.
    """

    def uses(vm: VM) -> bool:
        files = (file for path in files_of(vm, vmm) for file in (path, *disk_chain(path, proxy)))
        return any(file.startswith(f"{folder}/") for file in files)

    return sorted(vm.name for vm in vnode.vms() if uses(vm))
