"""VMs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_cli import failure
from convirt_cli.parts import Facts, Table
from convirt_cli.shapes.amounts import mebibytes_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convirt_core.platforms import VMDetails
    from convirt_core.services.listed import ListedVM, ServerAnswer

KEYS = {
    "name": "the hypervisor's",
    "server": "name of its server",
    "key": "the platform's, stable for the VM's whole life (libvirt: the UUID)",
    "state": "`running`, `paused`, `stopping`, `stopped`, `saved`, `suspended`, `crashed` or `unknown`",
    "reason": "the hypervisor's word for how it came into its state",
    "id": "of this run, or null",
    "managed": "whether there is a record of it",
    "persistent": "whether it has a definition",
    "autostart": "whether it starts with its server",
    "memory_bytes": "now, or at the next start",
    "memory_limit_bytes": "what it may grow to",
    "vcpus": "now, or at the next start",
}

SERVER_KEYS = {
    "name": "of a server that was asked",
    "age_seconds": "how old its answer is; null: it gave none",
    "error.kind": "why it did not answer; only then",
    "error.message": "one sentence",
    "error.remedy": "what to try, or empty",
}


def as_data(listed: ListedVM) -> dict[str, object]:
    """Return what `KEYS` says."""
    vm = listed.vm
    return {
        "name": vm.name,
        "server": listed.server.name,
        "key": vm.key,
        "state": vm.state.value,
        "reason": vm.reason,
        "id": vm.id,
        "managed": listed.managed,
        "persistent": vm.persistent,
        "autostart": vm.autostart,
        "memory_bytes": vm.memory_bytes,
        "memory_limit_bytes": vm.memory_limit_bytes,
        "vcpus": vm.vcpus,
    }


def pending(details: VMDetails) -> dict[str, int]:
    """Return what a VM that runs will have from its next start on, where that differs from what it has."""
    vm, config = details.vm, details.config
    if config is None or not vm.state.is_resident:
        return {}
    now = {"memory": vm.memory_bytes, "maxmem": vm.memory_limit_bytes, "vcpus": vm.vcpus}
    units = {"memory": 1 << 20, "maxmem": 1 << 20, "vcpus": 1}
    defined = {key: value * units[key] for key in now if isinstance(value := config.get(key), int)}
    names = {"memory": "memory_bytes", "maxmem": "memory_limit_bytes", "vcpus": "vcpus"}
    return {names[key]: value for key, value in defined.items() if value != now[key]}


def pending_facts(details: VMDetails) -> list[Facts]:
    """Return the same as labelled values, if there is anything."""
    labels = {"memory_bytes": "Memory", "memory_limit_bytes": "Memory limit", "vcpus": "Virtual processors"}
    rows = [
        (labels[key], value if key == "vcpus" else mebibytes_text(value)) for key, value in pending(details).items()
    ]
    return [Facts("From its next start on", rows)] if rows else []


def answer_as_data(answer: ServerAnswer) -> dict[str, object]:
    """Return what `SERVER_KEYS` says."""
    has_answered = answer.error is None or answer.age_seconds > 0  # earlier, then
    data: dict[str, object] = {
        "name": answer.node.name,
        "age_seconds": round(answer.age_seconds, 1) if has_answered else None,
    }
    return data if answer.error is None else data | {"error": failure.as_data(answer.error)}


def table(vms: Iterable[ListedVM]) -> Table:
    """Return VMs as rows, by name."""
    return Table(("vm", "server", "state", "memory", "vcpus", "managed"), [_row(vm) for vm in vms], frozenset({3, 4}))


def _row(listed: ListedVM) -> Sequence[str | int | bool]:
    vm = listed.vm
    return (vm.name, listed.server.name, vm.state.value, mebibytes_text(vm.memory_bytes), vm.vcpus, listed.managed)
