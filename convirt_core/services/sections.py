"""Information to show of VMs and servers: what the core knows, and what plugins add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import InfoSection, ManagedNode, VMRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convirt_core.platforms import VM, VMDetails
    from convirt_core.plugins import Answer


def sections_of(answers: Iterable[Answer[Sequence[InfoSection]]]) -> list[InfoSection]:
    """Return the sections of all plugins; one that failed is a section with its error."""
    return [section for answer in answers for section in _sections(answer)]


def vm_section(node: ManagedNode, details: VMDetails, record: VMRecord | None) -> InfoSection:
    """Return what the core knows of a VM."""
    vm = details.vm
    rows = (
        ("name", "Name", vm.name),
        ("server", "Server", node.name),
        ("key", "Key", vm.key),
        ("state", "State", vm.state.value),
        ("reason", "Reason", vm.reason),
        ("persistent", "Has a definition", vm.persistent),
        ("autostart", "Starts with its server", vm.autostart),
        ("memory_bytes", "Memory", vm.memory_bytes),
        ("memory_limit_bytes", "Memory limit", vm.memory_limit_bytes),
        ("vcpus", "Virtual processors", vm.vcpus),
        ("managed", "Managed", record is not None),
        ("notes", "Notes", record.notes if record else ""),
    )
    return InfoSection("VM", rows)


def server_section(node: ManagedNode, pool_name: str, vms: Sequence[VM] | None) -> InfoSection:
    """Return what the core knows of a server.

    :param vms: all of it; the one that is the server itself counts as none; None: it did not say
    """
    counted = None if vms is None else [vm for vm in vms if not vm.protected]
    running = None if counted is None else sum(vm.state.is_resident for vm in counted)
    rows = (
        ("name", "Name", node.name),
        ("platform", "Platform", node.platform),
        ("address", "Address", node.address),
        ("pool", "Pool", pool_name),
        ("host_uuid", "Host UUID", node.host_uuid),
        ("vm_count", "VMs", None if counted is None else len(counted)),
        ("running_vm_count", "VMs that run", running),
    )
    return InfoSection("Server", rows)


def _sections(answer: Answer[Sequence[InfoSection]]) -> Sequence[InfoSection]:
    if answer.error is None:
        return answer.value or ()
    return [InfoSection(answer.plugin, (("error", "Error", str(answer.error)),))]
