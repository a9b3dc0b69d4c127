"""Metric snapshots: the counters of a server and all its VMs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import libvirt

from convirt_core import model
from convirt_core.model import VMState
from convirt_libvirt.bulk import saved_keys
from convirt_libvirt.errors import is_gone
from convirt_libvirt.host import HostProcessors, memory_bytes
from convirt_libvirt.states import vm_state
from convirt_libvirt.statistics import COUNTERS, NO_WAIT, SIZE, STATE, Statistics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convirt_core.model import MetricSnapshot, VMMetrics

    OneByOne = Callable[[Any, VMMetrics], None]
    """Fills in what the driver did not say of a domain in bulk."""

_KIB = 1024
_NANOSECONDS = 1e9


def read_snapshot(
    handle: libvirt.virConnect, statistics: Statistics, processors: HostProcessors, one_by_one: OneByOne
) -> MetricSnapshot:
    """Read the counters of a server with all its VMs.

    A QEMU that somebody waits for already is not waited for again: its VM then lacks what only QEMU knows.
    The first to meet a QEMU that hangs does wait, so this runs on a connection of its own.
    """
    records = statistics.read(handle, STATE | SIZE | COUNTERS, NO_WAIT)
    taken_at = time.monotonic()
    saved = saved_keys(handle)
    total, free = memory_bytes(handle)
    return model.MetricSnapshot(
        taken_at=taken_at,
        cpus=handle.getInfo()[2],
        memory_total_bytes=total,
        memory_free_bytes=free,
        cpu_percent=processors.percent(handle),
        vms=[vm for domain, stats in records if (vm := _vm_metrics(domain, stats, saved, one_by_one))],
    )


def from_info(domain: Any, metrics: VMMetrics) -> None:
    """Fill in what every driver knows of a domain: one call, for the drivers without bulk statistics."""
    state, limit, memory, vcpus, cpu_time = domain.info()
    if metrics.state is VMState.UNKNOWN:
        metrics.state = vm_state(state, has_saved_memory=False)
    metrics.vcpus = vcpus
    metrics.memory_limit_bytes = limit * _KIB
    if metrics.state.is_resident:
        metrics.memory_bytes = memory * _KIB
        metrics.cpu_seconds = cpu_time / _NANOSECONDS


def _vm_metrics(domain: Any, stats: Mapping[str, Any], saved: frozenset[str], one_by_one: OneByOne) -> VMMetrics | None:
    """Return one VM's counters, or None if it ended since the bulk call."""
    key = domain.UUIDString()
    metrics = model.VMMetrics(key, domain.name(), vm_state(stats.get("state.state", 0), has_saved_memory=key in saved))
    if "balloon.maximum" not in stats:
        try:
            one_by_one(domain, metrics)
        except libvirt.libvirtError as error:
            if not is_gone(error):
                raise
            return None
        if metrics.state is VMState.STOPPED and key in saved:
            metrics.state = VMState.SAVED
        return metrics
    _fill(metrics, stats)
    return metrics


def _fill(metrics: VMMetrics, stats: Mapping[str, Any]) -> None:
    get = stats.get
    metrics.vcpus = get("vcpu.current", 0)
    metrics.memory_limit_bytes = stats["balloon.maximum"] * _KIB
    if not metrics.state.is_resident:
        return
    metrics.memory_bytes = get("balloon.current", 0) * _KIB
    metrics.cpu_seconds = get("cpu.time", 0) / _NANOSECONDS
    metrics.nic_count = get("net.count", 0)
    for number in range(metrics.nic_count):
        metrics.received_bytes += get(f"net.{number}.rx.bytes", 0)
        metrics.sent_bytes += get(f"net.{number}.tx.bytes", 0)
    metrics.disk_count = get("block.count", 0)
    for number in range(metrics.disk_count):
        metrics.read_bytes += get(f"block.{number}.rd.bytes", 0)
        metrics.written_bytes += get(f"block.{number}.wr.bytes", 0)
        metrics.allocated_disk_bytes += get(f"block.{number}.allocation", 0)
