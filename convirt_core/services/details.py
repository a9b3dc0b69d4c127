"""One VM, read whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import WrongState
from convirt_core.hookspecs import PlatformUIHelperSpec
from convirt_core.platforms import VMDetails
from convirt_core.services.deadlines import deadline_sections
from convirt_core.services.sections import sections_of, vm_section

if TYPE_CHECKING:
    from convirt_core.model import InfoSection, VMRecord
    from convirt_core.platforms import VMM, VNode
    from convirt_core.plugins import Plugins
    from convirt_core.services.servers import Server


def read_details(server: Server, key: str) -> VMDetails:
    """Read a VM with its definition and its running side, in one call. Raises `NotFound`."""
    return server.call(lambda vnode, vmm: _read(vnode, vmm, key))


def vm_sections(plugins: Plugins, server: Server, key: str, record: VMRecord | None) -> list[InfoSection]:
    """Return what is to be shown of a VM: ours, its platform's and every extension's."""
    details = read_details(server, key)
    answers = plugins.ask(server.node.platform, PlatformUIHelperSpec.convirt_vm_info_sections, vm=details)
    return [vm_section(server.node, details, record), *deadline_sections(record), *sections_of(answers)]


def _read(vnode: VNode, vmm: VMM, key: str) -> VMDetails:
    vm = vnode.vm(key)
    config = vmm.config(key) if vm.persistent else None
    try:
        info = vmm.info(key) if vm.state.is_resident else None
    except WrongState:  # it stopped since
        info = None
    return VMDetails(vm, config, info)
