"""Metrics of a server with all its VMs, from one call.

Slotted and not frozen: there are thousands of these every few seconds, and the model must not cost more than
the wire (a frozen class costs three times a slotted one to make).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from convirt_core.model.states import VMState


@define(eq=False)
class VMMetrics:
    """Counters of one VM since its start, and rates since the snapshot before.

    Rates are None in a first snapshot, and after a counter has gone backwards (a restart).

    :param cpu_seconds: processor time used, all vCPUs together
    :param cpu_percent_of_host: 100 = every processor of the server
    :param cpu_percent_of_vcpus: 100 = all of the VM's own
    :param memory_bytes: what it holds now
    :param memory_limit_bytes: what it may grow to
    """

    key: str
    name: str
    state: VMState
    cpu_seconds: float = 0.0
    vcpus: int = 0
    memory_bytes: int = 0
    memory_limit_bytes: int = 0
    nic_count: int = 0
    received_bytes: int = 0
    sent_bytes: int = 0
    disk_count: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    allocated_disk_bytes: int = 0
    cpu_percent_of_host: float | None = None
    cpu_percent_of_vcpus: float | None = None
    received_bytes_per_second: float | None = None
    sent_bytes_per_second: float | None = None
    read_bytes_per_second: float | None = None
    written_bytes_per_second: float | None = None


@define(eq=False)
class MetricSnapshot:
    """One server at one moment.

    :param taken_at: of the monotonic clock, seconds; for rates and ages
    :param cpus: logical processors of the server
    :param memory_total_bytes: of the server
    :param memory_free_bytes: of the server; None where the hypervisor does not say
    :param cpu_percent: of the server with everything that runs on it; None in a first snapshot
    """

    taken_at: float
    cpus: int
    memory_total_bytes: int
    memory_free_bytes: int | None = None
    cpu_percent: float | None = None
    vms: list[VMMetrics] = field(factory=list)

    def count(self, state: VMState) -> int:
        """How many VMs are in `state`."""
        return sum(vm.state is state for vm in self.vms)
