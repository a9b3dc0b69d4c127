"""Whether the destination can run such a VM at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import Severity
from convirt_core.services.migration.checks.check import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.services.migration.inquiry import Inquiry


@check("architecture-missing", "Architecture", Severity.ERROR, remedy="Choose a server that can emulate or run it.")
def architecture_missing(ask: Inquiry) -> Iterator[str]:
    """The destination cannot run guests of this processor architecture."""
    wanted, known = ask.config.guest_kind(), ask.destination_facts.kinds
    if wanted and known and wanted.architecture not in {kind.architecture for kind in known}:
        yield f"{ask.there} cannot run guests for {wanted.architecture}."


@check("virtualization-missing", "HVM", Severity.ERROR, remedy="Enable it on that server, or choose another.")
def virtualization_missing(ask: Inquiry) -> Iterator[str]:
    """The destination does not run guests in this way, such as with KVM, or as a full machine."""
    wanted, known = ask.config.guest_kind(), ask.destination_facts.kinds
    if wanted is None:
        return
    ways = {(kind.virtualization, kind.os_type) for kind in known if kind.architecture == wanted.architecture}
    if ways and (wanted.virtualization, wanted.os_type) not in ways:
        yield f"{ask.there} has no {wanted.virtualization} for {wanted.os_type} guests."


@check("machine-missing", "Machine type", Severity.ERROR, remedy="Update the hypervisor there, or choose another.")
def machine_missing(ask: Inquiry) -> Iterator[str]:
    """The destination does not know the machine type."""
    wanted, known = ask.config.guest_kind(), ask.destination_facts.kinds
    if wanted is None:
        return
    there = {machine for kind in known if kind.architecture == wanted.architecture for machine in kind.machines}
    for machine in sorted(wanted.machines - there) if there else ():
        yield f"{ask.there} does not know the machine {machine}."


@check("cpu-incompatible", "CPU", Severity.ERROR, remedy="Give the VM a processor that both servers have.")
def cpu_incompatible(ask: Inquiry) -> Iterator[str]:
    """The destination cannot give the VM its processor."""
    if refusal := ask.cpu_refusal:
        yield f"{ask.there} cannot give {ask.vm.name} its processor: {refusal}."


@check("hypervisor-older", "Hypervisor version", Severity.WARNING, remedy="Update the hypervisor there first.")
def hypervisor_older(ask: Inquiry) -> Iterator[str]:
    """A running VM may not be understood by an older hypervisor than its own."""
    here, there = ask.source_facts, ask.destination_facts
    if ask.options.live and there.version and there.version < here.version:
        yield f"{ask.there} has {there.name} {_text(there.version)}, older than {_text(here.version)} of {ask.here}."


@check("memory-short", "Memory", Severity.ERROR, remedy="Free memory there, or choose another server.")
def memory_short(ask: Inquiry) -> Iterator[str]:
    """The destination has not enough memory for the VM."""
    free, wanted = ask.destination_free_bytes, ask.vm.memory_limit_bytes or ask.vm.memory_bytes
    if free is not None and wanted > free:
        yield f"{ask.vm.name} may grow to {_mebibytes(wanted)}, and {ask.there} has {_left(ask, free)}."


@check("memory-short-for-all", "Memory", Severity.WARNING, remedy="Move some of them to another server.")
def memory_short_for_all(ask: Inquiry) -> Iterator[str]:
    """The destination has not enough memory for all VMs that go there now."""
    free, wanted = ask.destination_free_bytes, ask.request.memory_of_all_bytes
    if free is not None and wanted > free:
        yield f"All VMs that go to {ask.there} may grow to {_mebibytes(wanted)}, and it has {_left(ask, free)}."


def _text(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)


def _left(ask: Inquiry, free_bytes: int) -> str:
    others = " beside those that would go before" if ask.request.promised_bytes else ""
    return f"{_mebibytes(free_bytes)} for VMs{others}"


def _mebibytes(amount_bytes: int) -> str:
    return f"{amount_bytes >> 20} MiB"
