"""The running side of a domain as a `VMInfo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.platforms import VMInfo
from convirt_libvirt.domain.disks import read_disks
from convirt_libvirt.domain.general import MACHINE_KEYS
from convirt_libvirt.domain.metadata import os_id
from convirt_libvirt.domain.nics import read_nics
from convirt_libvirt.domain.xml import parse_domain

if TYPE_CHECKING:
    from lxml.etree import _Element

    from convirt_core.model import VMState


def info_from_xml(
    xml: str, *, state: VMState, memory_kib: int, max_memory_kib: int, vcpus: int, cpu_time_ns: int
) -> VMInfo:
    """Return what a running domain's XML says, with the numbers of `virDomainGetInfo`.

    Keys beside the standard ones: `domain_type`, `os_type`, `arch`, `machine`, `acpi`, `apic`, `emulator`,
    `os`, `vnc_port`, `vnc_listen`, `serial` (the server's terminal).

    :param xml: of the running domain, without secrets
    """
    domain = parse_domain(xml)
    values: dict[str, object] = {
        "name": domain.findtext("name"),
        "uuid": domain.findtext("uuid"),
        "id": int(domain.get("id", "0")) or None,
        "state": state.value,
        "memory": memory_kib // 1024,
        "maxmem": max_memory_kib // 1024,
        "vcpus": vcpus,
        "cpu_time_seconds": cpu_time_ns / 1e9,
    }
    values |= {key.name: key.get(domain) for key in MACHINE_KEYS} | _own_values(domain)
    shown = {key: value for key, value in values.items() if value is not None}
    return VMInfo(shown, disks=read_disks(domain), nics=read_nics(domain))


def _own_values(domain: _Element) -> dict[str, object]:
    screen, source = domain.find("devices/graphics[@type='vnc']"), domain.find("devices/serial/source")
    port = -1 if screen is None else int(screen.get("port", "-1"))
    return {
        "emulator": domain.findtext("devices/emulator"),
        "os": os_id(domain) or None,
        "vnc_port": port if port > 0 else None,
        "vnc_listen": None if screen is None else screen.get("listen"),
        "serial": None if source is None else source.get("path"),
    }
