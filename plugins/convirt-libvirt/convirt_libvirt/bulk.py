"""The VMs of a server, with as few calls as its driver allows.

Five calls for all VMs, and one for the size of each running one. QEMU could say that in bulk too, but then
libvirt asks each guest's QEMU (measured with libvirt 9.0: 2.4 ms a guest, where its own answer takes 0.1), and
waits for ever on one that hangs; a listing must not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libvirt

from convirt_core.platforms import VM
from convirt_libvirt.errors import is_gone
from convirt_libvirt.states import SHUT_OFF, reason_word, vm_state
from convirt_libvirt.statistics import INACTIVE, SIZE, STATE, Record, Statistics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.model import Capability

_TRANSIENT = libvirt.VIR_CONNECT_LIST_DOMAINS_TRANSIENT
_AUTOSTART = libvirt.VIR_CONNECT_LIST_DOMAINS_AUTOSTART
_MANAGED_SAVE = libvirt.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE
_KIB = 1024

Size = tuple[int, int, int]
"""Memory and its limit in KiB, and vCPUs."""


def list_vms(
    handle: libvirt.virConnect,
    statistics: Statistics,
    capabilities: frozenset[Capability],
    boots: Mapping[str, int],
) -> list[VM]:
    """Return all VMs, running or not, ours or not.

    :param capabilities: of the server
    :param boots: by key, as seen by this connection
    """
    records = statistics.read(handle, STATE)
    transient, autostart, saved = (_keys(handle, flag) for flag in (_TRANSIENT, _AUTOSTART, _MANAGED_SAVE))
    sizes = _inactive_sizes(handle, statistics, records)
    vms = []
    for domain, stats in records:
        key = domain.UUIDString()
        try:
            state, reason = _state(domain, stats)
            memory, limit, vcpus = sizes.get(key) or _size(domain)
        except libvirt.libvirtError as error:
            if is_gone(error):  # it ended since the first call
                continue
            raise
        number = domain.ID()
        vms.append(
            VM(
                key,
                domain.name(),
                vm_state(state, has_saved_memory=key in saved),
                capabilities,
                number if number >= 0 else None,
                reason_word(state, reason),
                key not in transient,
                key in autostart,
                memory * _KIB,
                limit * _KIB,
                vcpus,
                boots.get(key, 0),
            )
        )
    return vms


def read_vm(domain: Any, capabilities: frozenset[Capability], boots: Mapping[str, int]) -> VM:
    """Return one VM, by five short calls."""
    key = domain.UUIDString()
    state, reason = domain.state()
    memory, limit, vcpus = _size(domain)
    persistent = bool(domain.isPersistent())
    number = domain.ID()
    return VM(
        key,
        domain.name(),
        vm_state(state, has_saved_memory=persistent and bool(domain.hasManagedSaveImage())),
        capabilities,
        id=number if number >= 0 else None,
        reason=reason_word(state, reason),
        persistent=persistent,
        autostart=persistent and bool(domain.autostart()),
        memory_bytes=memory * _KIB,
        memory_limit_bytes=limit * _KIB,
        vcpus=vcpus,
        boots=boots.get(key, 0),
    )


def saved_keys(handle: libvirt.virConnect) -> frozenset[str]:
    """Return the keys of VMs whose memory libvirt keeps for the next start."""
    return _keys(handle, _MANAGED_SAVE)


def _keys(handle: libvirt.virConnect, flag: int) -> frozenset[str]:
    domains: list[Any] = handle.listAllDomains(flag)
    return frozenset(domain.UUIDString() for domain in domains)


def _inactive_sizes(handle: libvirt.virConnect, statistics: Statistics, records: list[Record]) -> dict[str, Size]:
    """Return the sizes of stopped VMs, which libvirt knows without asking anybody."""
    if all(stats.get("state.state") != SHUT_OFF for _, stats in records):
        return {}
    return {
        domain.UUIDString(): (stats["balloon.current"], stats["balloon.maximum"], stats["vcpu.current"])
        for domain, stats in statistics.read(handle, SIZE, INACTIVE)
        if "balloon.current" in stats and "vcpu.current" in stats
    }


def _state(domain: Any, stats: Mapping[str, Any]) -> tuple[int, int]:
    if "state.state" in stats:
        return stats["state.state"], stats["state.reason"]
    state, reason = domain.state()
    return state, reason


def _size(domain: Any) -> Size:
    _, limit, memory, vcpus, _ = domain.info()
    return memory, limit, vcpus
