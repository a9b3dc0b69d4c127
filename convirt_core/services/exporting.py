"""A definition as a file for the hypervisor's own tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import WrongState

if TYPE_CHECKING:
    from convirt_core.platforms import VMM, VNode
    from convirt_core.services.servers import Server


def export(server: Server, key: str, text: str) -> str:
    """Return the file, without the VM's secrets.

    :param text: the file until now, see `VNode.exported`; or empty
    :raises NotFound: it is not there
    :raises NotSupported: there is a text, and the platform's files are written whole
    :raises WrongState: it has no definition
    """

    def read(vnode: VNode, vmm: VMM) -> str:
        vm = vnode.vm(key)
        if not vm.persistent:
            raise WrongState(f"{vm.name} has no definition.")
        return vnode.exported(vmm.config(key).without_secrets(), text)

    return server.call(read)
