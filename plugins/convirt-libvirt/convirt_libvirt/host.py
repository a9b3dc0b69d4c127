"""What a server itself is and does, through libvirt."""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING, Any

import libvirt

from convirt_core import model
from convirt_libvirt.errors import is_lost, is_unsupported

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

    from convirt_core.model import InfoSection
    from convirt_libvirt.address import Address

_KIB = 1024
_MIB = 1024 * 1024
_HOST_UUID = r"<host>\s*<uuid>([0-9a-fA-F-]{36})</uuid>"


def memory_bytes(handle: libvirt.virConnect) -> tuple[int, int | None]:
    """Return the server's memory, and what of it VMs can still be given (free, or free for the asking)."""
    try:
        stats: dict[str, int] = handle.getMemoryStats(libvirt.VIR_NODE_MEMORY_STATS_ALL_CELLS)
    except libvirt.libvirtError as error:
        if not is_unsupported(error):
            raise
        return handle.getInfo()[1] * _MIB, _free_bytes(handle)
    free = sum(stats.get(name, 0) for name in ("free", "buffers", "cached"))
    return stats["total"] * _KIB, free * _KIB


def _free_bytes(handle: libvirt.virConnect) -> int | None:
    """Return the free memory of a driver without memory statistics (Xen's own count, test's invention).

    The test driver says KiB where bytes are meant, and 0 for a host of one's own making (libvirt 9.0).
    """
    try:
        free: int = handle.getFreeMemory() * (_KIB if handle.getType() == "TEST" else 1)
    except libvirt.libvirtError as error:
        if not is_unsupported(error):
            raise
        return None
    return free or None


def host_uuid(handle: libvirt.virConnect) -> str:
    """Return the machine's UUID from libvirt's capabilities; empty for a driver without a machine (test)."""
    match = re.search(_HOST_UUID, handle.getCapabilities())
    return match[1] if match else ""


class HostProcessors:
    """How busy a server's processors were between two looks. One for each connection."""

    def __init__(self) -> None:
        self._before: tuple[int, int] | None = None

    def percent(self, handle: libvirt.virConnect) -> float | None:
        """Return how busy they were since the last call; None at the first, and where libvirt cannot say."""
        try:
            stats: dict[str, int] = handle.getCPUStats(libvirt.VIR_NODE_CPU_STATS_ALL_CPUS)
        except libvirt.libvirtError as error:
            if not is_unsupported(error):
                raise
            return None
        idle = stats.get("idle", 0) + stats.get("iowait", 0)
        before, self._before = self._before, (sum(stats.values()), idle)
        if before is None or self._before[0] <= before[0]:
            return None
        elapsed = self._before[0] - before[0]
        return max(0.0, 100.0 * (1.0 - (idle - before[1]) / elapsed))


def info_sections(handle: libvirt.virConnect, address: Address) -> list[InfoSection]:
    """Return what a server is as its hypervisor sees it; the system that commands run in may see less (Xen)."""
    architecture, _, cpus, _, nodes, sockets, cores, threads = handle.getInfo()
    total, free = memory_bytes(handle)
    return [
        model.InfoSection(
            "Hypervisor",
            (
                ("host_name", "Host name", handle.getHostname()),
                ("host_uuid", "Host UUID", host_uuid(handle) or None),
                ("hypervisor", "Hypervisor", handle.getType()),
                ("hypervisor_version", "Hypervisor version", version_text(handle.getVersion())),
                ("libvirt_version", "libvirt version", version_text(handle.getLibVersion())),
                ("uri", "libvirt URI", address.shown_uri),
                ("libvirt_way", "Way to libvirt", address.way or "directly"),
            ),
        ),
        model.InfoSection(
            "Processors for VMs",
            (
                ("architecture", "Architecture", architecture),
                ("cpus", "Logical processors", cpus),
                ("sockets", "Sockets", sockets * nodes),
                ("cores_per_socket", "Cores per socket", cores),
                ("threads_per_core", "Threads per core", threads),
            ),
        ),
        model.InfoSection(
            "Memory for VMs",
            (
                ("memory_total_bytes", "Memory", total),
                ("memory_free_bytes", "Free for VMs", free),
            ),
        ),
    ]


def version_text(number: int) -> str:
    """Return `9.0.0` for 9000000, as libvirt numbers versions."""
    return f"{number // 1_000_000}.{number // 1_000 % 1_000}.{number % 1_000}"


def networks(handle: libvirt.virConnect, system_bridges: Callable[[], AbstractSet[str]]) -> list[str]:
    """Return the names of active networks, then of the server's bridges that belong to none of them.

    :param system_bridges: what the server's system calls a bridge; asked where libvirt cannot say what an interface is
    """
    active = _networks(handle, libvirt.VIR_CONNECT_LIST_NETWORKS_ACTIVE)
    owned = {_bridge_of(network) for network in active}
    return sorted(network.name() for network in active) + sorted(_bridges(handle, system_bridges) - owned)


def idle_networks(handle: libvirt.virConnect) -> dict[str, str]:
    """Return the networks that are defined and not active: name → the command that starts it."""
    names = (network.name() for network in _networks(handle, libvirt.VIR_CONNECT_LIST_NETWORKS_INACTIVE))
    return {name: f"virsh net-start {quote(name)}" for name in names}


def _networks(handle: libvirt.virConnect, flags: int) -> list[libvirt.virNetwork]:
    """Return the networks; a libvirt without a network driver has none."""
    try:
        found: list[libvirt.virNetwork] = handle.listAllNetworks(flags)
    except libvirt.libvirtError as error:
        if not is_unsupported(error):
            raise
        return []
    return found


def _bridge_of(network: Any) -> str:
    """Return the bridge of a network; one that forwards to a card has none."""
    try:
        name: str = network.bridgeName()
    except libvirt.libvirtError:
        return ""
    return name


def _bridges(handle: libvirt.virConnect, system_bridges: Callable[[], AbstractSet[str]]) -> set[str]:
    """Return the bridges; a libvirt without an interface driver has none."""
    try:
        interfaces = handle.listAllInterfaces(libvirt.VIR_CONNECT_LIST_INTERFACES_ACTIVE)
    except libvirt.libvirtError as error:
        if not is_unsupported(error):
            raise
        return set()
    kinds = {interface.name(): _is_bridge(interface) for interface in interfaces}
    unread = {name for name, is_bridge in kinds.items() if is_bridge is None}
    return {name for name, is_bridge in kinds.items() if is_bridge} | (unread & system_bridges() if unread else set())


def _is_bridge(interface: Any) -> bool | None:
    """Whether libvirt calls it a bridge; None: it cannot read it, or one of its members.

    That may be gone by now, or bear a name such as `vif5.0`, which it (9.0) takes for a VLAN's (`udevGetIfaceDef`).
    """
    try:
        return bool(interface.XMLDesc(0).startswith("<interface type='bridge'"))
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise
        return None
