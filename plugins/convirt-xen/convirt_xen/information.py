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

_MIB = 1 << 20
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


def server_sections(vnode: XenVNode) -> list[InfoSection]:
    """Return what Xen is, and who has the server's memory."""
    info, own = xl_info(vnode.session.proxy), vnode.vm(DOMAIN_0)
    mebibytes = [int(info[name]) if info.get(name, "").isdigit() else None for name in ("total_memory", "free_memory")]
    total, free = (None if amount is None else amount * _MIB for amount in mebibytes)
    rows = (
        ("memory_total_bytes", "Memory", total),
        ("memory_free_bytes", "Free for VMs", free),
        ("domain_0_memory_bytes", "Of domain 0", own.memory_bytes),
        ("domain_0_vcpus", "Processors of domain 0", own.vcpus),
    )
    facts = tuple((key, label, info.get(key) or None) for key, label in _FACTS)
    return [InfoSection("Xen", facts), InfoSection("Memory of Xen", rows)]


def info_of_stranger(domain: XenVM) -> VMInfo:
    """Return the running side of a domain that libvirt does not know, as far as `xl` says it."""
    values: dict[str, object] = {"name": domain.name, "uuid": domain.key, "id": domain.id, "state": domain.state.value}
    sizes = {"memory": domain.memory_bytes // _MIB, "maxmem": domain.memory_limit_bytes // _MIB, "vcpus": domain.vcpus}
    return VMInfo(values | sizes, disks=[], nics=[])
