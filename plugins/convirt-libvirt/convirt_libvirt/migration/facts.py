"""What a server can run, as libvirt says: `virConnectGetCapabilities` (libvirt, `formatcaps`) and comparing CPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libvirt

from convirt_core.model import GuestKind, HypervisorFacts
from convirt_libvirt.domain.kinds import guest_kind
from convirt_libvirt.domain.xml import parse_xml, to_text
from convirt_libvirt.errors import sentence
from convirt_libvirt.host import memory_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from convirt_libvirt.domain import LibvirtConfig

_HOST_CPU = "host-passthrough"


def hypervisor_facts(handle: libvirt.virConnect) -> HypervisorFacts:
    """Return what a server's hypervisor is."""
    capabilities = parse_xml(handle.getCapabilities(), "capabilities")
    number: int = handle.getVersion()
    cpu = capabilities.find("host/cpu")
    return HypervisorFacts(
        name=handle.getType(),
        version=(number // 1_000_000, number // 1_000 % 1_000, number % 1_000),
        kinds=tuple(_kinds(capabilities)),
        memory_free_bytes=memory_bytes(handle)[1],
        processor="" if cpu is None else to_text(cpu),
    )


def _kinds(capabilities: _Element) -> Iterator[GuestKind]:
    """Yield what it can run; a kind of virtualization without machines of its own has those of its architecture."""
    for guest in capabilities.findall("guest"):
        for arch in guest.findall("arch"):
            usual = _machines(arch)
            for domain in arch.findall("domain"):
                yield GuestKind(
                    arch.get("name", ""),
                    domain.get("type", ""),
                    guest.findtext("os_type") or "",
                    _machines(domain) or usual,
                )


def _machines(element: _Element) -> frozenset[str]:
    names = {machine.text or "" for machine in element.findall("machine")}
    return frozenset(names | {machine.get("canonical", "") for machine in element.findall("machine")}) - {""}


def cpu_refusal(handle: libvirt.virConnect, config: LibvirtConfig, source: HypervisorFacts) -> str:
    """Return why a domain's processor cannot be had here; empty: it can, or libvirt cannot compare it.

    The processor of a guest that has its server's own must be here as well.
    """
    cpu, kind = config.domain.find("cpu"), guest_kind(config.domain)
    if cpu is None or kind is None:
        return ""
    flags = libvirt.VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE
    try:
        if cpu.get("mode") == _HOST_CPU:
            handle.compareCPU(source.processor, flags)
        elif cpu.find("model") is not None:
            machine = next(iter(kind.machines), None)
            handle.compareHypervisorCPU(None, kind.architecture, machine, kind.virtualization, to_text(cpu), flags)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_CPU_INCOMPATIBLE:
            return sentence(error)
    return ""
