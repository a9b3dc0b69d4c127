"""What is shown of a VM and a server beside what every platform shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import InfoSection
from convirt_core.platforms import VMInfo
from convirt_xen.vm import DOMAIN_0, KINDS
from convirt_xen.xl import xl_info

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.model import InfoValue
    from convirt_core.platforms import VMDetails
    from convirt_xen.vnode import XenVNode
    from convirt_xen.xl import XlDomain

_MIB = 1 << 20
_FACTS = (
    ("xen_version", "Xen version"),
    ("xen_caps", "Kinds of guests"),
    ("virt_caps", "Ways of virtualization"),
    ("xen_scheduler", "Scheduler"),
    ("xen_commandline", "Command line of Xen"),
)


def vm_section(vm: VMDetails) -> InfoSection:
    """Return what the VM is made of: of the running side where it runs, else of its definition."""
    empty: Mapping[str, object] = {}
    config: Mapping[str, object] = vm.config or empty
    running: Mapping[str, object] = vm.info if vm.info is not None else empty
    rows = (
        ("type", "Kind of guest", config.get("type") or KINDS.get(str(running.get("os_type")))),
        ("domain_id", "Number of the domain", vm.vm.id),
        ("bootloader", "Bootloader", config.get("bootloader")),
        ("root", "Root device", config.get("root")),
    )
    return InfoSection("Xen", tuple((key, label, str(value)) for key, label, value in rows if value))


def server_sections(vnode: XenVNode) -> list[InfoSection]:
    """Return what Xen is, and who has the server's memory."""
    info = xl_info(vnode.session.proxy)
    total, free = _bytes(info, "total_memory"), _bytes(info, "free_memory")
    own = vnode.vm(DOMAIN_0)
    return [
        InfoSection("Xen", tuple((key, label, info.get(key) or None) for key, label in _FACTS)),
        InfoSection(
            "Memory of Xen",
            (
                ("memory_total_bytes", "Memory", total),
                ("memory_free_bytes", "Free for VMs", free),
                ("domain_0_memory_bytes", "Of domain 0", own.memory_bytes),
                ("domain_0_vcpus", "Processors of domain 0", own.vcpus),
            ),
        ),
    ]


def _bytes(info: Mapping[str, str], name: str) -> InfoValue:
    """Return an amount that xl says in MiB."""
    return int(info[name]) * _MIB if info.get(name, "").isdigit() else None


def info_of_stranger(domain: XlDomain) -> VMInfo:
    """Return the running side of a domain that libvirt does not know, as far as `xl` says it."""
    values = {
        "name": domain.name,
        "uuid": domain.key,
        "id": domain.id,
        "state": domain.state.value,
        "memory": domain.memory_bytes // _MIB,
        "maxmem": domain.memory_limit_bytes // _MIB,
        "vcpus": domain.vcpus,
    }
    return VMInfo(values, disks=[], nics=[])
