"""What is shown of a VM and a server beside what every platform shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import InfoSection
from convirt_core.platforms import VMInfo
from convirt_xen.vm import DOMAIN_0, KINDS
from convirt_xen.xl import xl_info

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.platforms import VMDetails
    from convirt_xen.vm import XenVM
    from convirt_xen.vnode import XenVNode

_FACTS = (
    ("xen_version", "Xen version"),
    ("xen_caps", "Kinds of guests"),
    ("virt_caps", "Ways of virtualization"),
    ("xen_scheduler", "Scheduler"),
    ("xen_commandline", "Command line of Xen"),
)


def vm_section(vm: VMDetails) -> InfoSection:
    """Return what the VM is made of: its definition's word, and that of the running side of one without."""
    config: Mapping[str, object] = vm.config or {}
    running: Mapping[str, object] = vm.info if vm.info is not None else {}
    kind = config.get("type") or KINDS.get(str(running.get("os_type")))
    rows = [("type", "Kind of guest", kind), ("domain_id", "Number of the domain", vm.vm.id)]
    rows += [(key, label, config.get(key)) for key, label in (("bootloader", "Bootloader"), ("root", "Root device"))]
    return InfoSection("Xen", tuple((key, label, str(value)) for key, label, value in rows if value))


def server_section(vnode: XenVNode) -> InfoSection:
    """Return what Xen is, and what domain 0 has of the server; how much is free libvirt says."""
    info, own = xl_info(vnode.session.proxy), vnode.vm(DOMAIN_0)
    facts = tuple((key, label, info.get(key) or None) for key, label in _FACTS)
    sizes = (("memory_bytes", "Memory of domain 0", own.memory_bytes), ("vcpus", "Its processors", own.vcpus))
    return InfoSection("Xen", (*facts, *((f"domain_0_{key}", label, value) for key, label, value in sizes)))


def info_of_stranger(domain: XenVM) -> VMInfo:
    """Return the running side of a domain that libvirt does not know, as far as `xl` says it."""
    values: dict[str, object] = {"name": domain.name, "uuid": domain.key, "id": domain.id, "state": domain.state.value}
    sizes = {"memory": domain.memory_bytes >> 20, "maxmem": domain.memory_limit_bytes >> 20, "vcpus": domain.vcpus}
    return VMInfo(values | sizes, disks=[], nics=[])
