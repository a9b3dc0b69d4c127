"""Rates between two snapshots of the same server. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convirt_core.model import MetricSnapshot, VMMetrics

SHORTEST_SECONDS = 0.05
"""Between two snapshots that are closer, a rate would be mostly noise."""


def fill_rates(now: MetricSnapshot, before: MetricSnapshot | None) -> MetricSnapshot:
    """Write the rates since `before` into `now`, and return it.

    A VM that was not there before, or whose counter went backwards (it was restarted), has no rate. Nor have its
    cards or disks together where one has come, or could not be counted before: it brings all that it has counted.
    """
    seconds = now.taken_at - before.taken_at if before else 0.0
    if before is None or seconds < SHORTEST_SECONDS:
        return now
    earlier = {vm.key: vm for vm in before.vms}
    for vm in now.vms:
        if (old := earlier.get(vm.key)) is not None:
            _fill(vm, old, seconds, now.cpus)
    return now


def rate(now: float, before: float, seconds: float) -> float | None:
    """Return the growth per second; None if it shrank."""
    return (now - before) / seconds if now >= before else None


def _fill(vm: VMMetrics, old: VMMetrics, seconds: float, cpus: int) -> None:
    processors = rate(vm.cpu_seconds, old.cpu_seconds, seconds)
    vm.cpu_percent_of_host = _percent(processors, cpus)
    vm.cpu_percent_of_vcpus = _percent(processors, vm.vcpus)
    if vm.nic_count <= old.nic_count:
        vm.received_bytes_per_second = rate(vm.received_bytes, old.received_bytes, seconds)
        vm.sent_bytes_per_second = rate(vm.sent_bytes, old.sent_bytes, seconds)
    if vm.disk_count <= old.disk_count:
        vm.read_bytes_per_second = rate(vm.read_bytes, old.read_bytes, seconds)
        vm.written_bytes_per_second = rate(vm.written_bytes, old.written_bytes, seconds)


def _percent(processors: float | None, all_processors: int) -> float | None:
    """Return how much of all processors that many are busy."""
    return None if processors is None or not all_processors else 100.0 * processors / all_processors
