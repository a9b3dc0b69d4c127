"""What servers and VMs use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_cli import failure
from convirt_cli.parts import Table
from convirt_cli.shapes.amounts import bytes_text, mebibytes_text, percent_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.model import MetricSnapshot, VMMetrics
    from convirt_core.services.metrics import MetricAnswer

SERVER_KEYS = {
    "name": "of the server",
    "cpus": "its logical processors",
    "cpu_percent": "of the server with everything that runs on it; null: not known",
    "memory_total_bytes": "of the server",
    "memory_free_bytes": "of the server; null: not known",
    "vms.*": "how many VMs are in each state",
    "error.kind": "why it did not answer; only then, and then without the rest",
    "error.message": "one sentence",
    "error.remedy": "what to try, or empty",
}
_VM_FIELDS = {
    "cpu_seconds": "processor time since its start, all vCPUs together",
    "cpu_percent_of_host": "100: every processor of the server; null without --interval",
    "cpu_percent_of_vcpus": "100: all of its own; null without --interval",
    "vcpus": "its processors",
    "memory_bytes": "what it holds now",
    "memory_limit_bytes": "what it may grow to",
    "nic_count": "its network cards",
    "received_bytes": "since its start",
    "sent_bytes": "since its start",
    "received_bytes_per_second": "null without --interval",
    "sent_bytes_per_second": "null without --interval",
    "disk_count": "its disks",
    "read_bytes": "since its start",
    "written_bytes": "since its start",
    "read_bytes_per_second": "null without --interval",
    "written_bytes_per_second": "null without --interval",
    "allocated_disk_bytes": "what its disks take up",
}
VM_KEYS = {
    "name": "of the VM",
    "server": "name of its server",
    "key": "the platform's",
    "state": "as of `vm list`",
    **_VM_FIELDS,
}


def server_as_data(answer: MetricAnswer) -> dict[str, object]:
    """Return what `SERVER_KEYS` says."""
    if answer.snapshot is None:
        return {"name": answer.node.name, "error": failure.as_data(answer.error)} if answer.error else {}
    snapshot = answer.snapshot
    return {
        "name": answer.node.name,
        "cpus": snapshot.cpus,
        "cpu_percent": _rounded(snapshot.cpu_percent),
        "memory_total_bytes": snapshot.memory_total_bytes,
        "memory_free_bytes": snapshot.memory_free_bytes,
        "vms": _counts(snapshot),
    }


def vm_as_data(vm: VMMetrics, server: str) -> dict[str, object]:
    """Return what `VM_KEYS` says."""
    data: dict[str, object] = {"name": vm.name, "server": server, "key": vm.key, "state": vm.state.value}
    return data | {field: _rounded(getattr(vm, field)) for field in _VM_FIELDS}


def server_table(answers: Sequence[MetricAnswer]) -> Table:
    """Return servers as rows."""
    rows = [
        (
            answer.node.name,
            answer.snapshot.cpus,
            percent_text(answer.snapshot.cpu_percent),
            bytes_text(answer.snapshot.memory_total_bytes),
            bytes_text(answer.snapshot.memory_free_bytes),
            len(answer.snapshot.vms),
        )
        for answer in answers
        if answer.snapshot is not None
    ]
    return Table(("server", "cpus", "cpu", "memory", "free", "vms"), rows, frozenset({1, 2, 3, 4, 5}))


def vm_table(vms: Sequence[tuple[str, VMMetrics]]) -> Table:
    """Return VMs, each with its server's name, as rows."""
    headings = ("vm", "server", "state", "cpu time", "cpu", "memory", "received", "sent", "read", "written")
    return Table(headings, [_row(server, vm) for server, vm in vms], frozenset(range(3, 10)))


def _row(server: str, vm: VMMetrics) -> Sequence[str]:
    return (
        vm.name,
        server,
        vm.state.value,
        f"{vm.cpu_seconds:.1f} s",
        percent_text(vm.cpu_percent_of_vcpus),
        mebibytes_text(vm.memory_bytes),
        bytes_text(vm.received_bytes),
        bytes_text(vm.sent_bytes),
        bytes_text(vm.read_bytes),
        bytes_text(vm.written_bytes),
    )


def _rounded(value: float | None) -> float | None:
    """Return a value without the digits that only the computation has brought."""
    return round(value, 3) if isinstance(value, float) else value


def _counts(snapshot: MetricSnapshot) -> dict[str, int]:
    states = sorted({vm.state for vm in snapshot.vms})
    return {state.value: snapshot.count(state) for state in states}
