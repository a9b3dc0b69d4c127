"""Whether there is anything to move, and anywhere to move it to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError, NotFound
from convirt_core.model import Capability, Severity
from convirt_core.services.migration.checks.check import check
from convirt_core.services.migration.journey import task_of_journey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.services.migration.inquiry import Inquiry

_WISHES = {
    "direct": Capability.MIGRATE_DIRECT,
    "copy_storage": Capability.MIGRATE_STORAGE,
    "bandwidth_bytes_per_second": Capability.MIGRATE_BANDWIDTH,
    "max_downtime_milliseconds": Capability.MIGRATE_DOWNTIME,
    "compress": Capability.MIGRATE_COMPRESS,
    "auto_converge": Capability.MIGRATE_AUTO_CONVERGE,
    "post_copy": Capability.MIGRATE_POST_COPY,
}
"""What of the options of a live migration a hypervisor may not have."""


@check("vm-unknown", "VM", Severity.ERROR, remedy="See 'convirt vm list'.", is_gate=True)
def vm_unknown(ask: Inquiry) -> Iterator[str]:
    """The VM is not on the source (any more)."""
    try:
        _ = ask.vm
    except NotFound:
        yield f"{ask.here} has no VM {ask.request.vm_name}."


@check("destination-down", "Status", Severity.ERROR, remedy="See 'convirt server check'.", is_gate=True)
def destination_down(ask: Inquiry) -> Iterator[str]:
    """The destination does not answer."""
    try:
        _ = ask.destination_vms
    except ConvirtError as error:
        yield f"{ask.there} does not answer: {error}"


@check("same-server", "Status", Severity.ERROR, remedy="Choose another server.", is_gate=True)
def same_server(ask: Inquiry) -> Iterator[str]:
    """The VM is there already, under this name of the machine or another."""
    here, there = ask.source.node, ask.destination.node
    if here.id == there.id:
        yield f"{ask.request.vm_name} is on {ask.here} already."
    elif here.host_uuid and here.host_uuid == there.host_uuid:
        yield f"{ask.here} and {ask.there} are one machine: both have the UUID {here.host_uuid}."


@check("platform-differs", "Platform", Severity.ERROR, remedy="Choose a server of its platform.", is_gate=True)
def platform_differs(ask: Inquiry) -> Iterator[str]:
    """The destination runs another hypervisor."""
    here, there = ask.source.node.platform, ask.destination.node.platform
    if here != there:
        yield f"{ask.here} runs {here}, {ask.there} runs {there}."


@check(
    "under-way",
    "VM",
    Severity.ERROR,
    remedy="Wait for its end. 'convirt task cancel' ends one that is a task.",
    is_gate=True,
)
def under_way(ask: Inquiry) -> Iterator[str]:
    """The VM moves already."""
    if ask.is_under_way:
        task = task_of_journey(ask.store, ask.request.vm)
        yield f"A migration of {ask.request.vm_name} is under way" + (f": task {task}." if task else ".")


@check("vm-state", "VM", Severity.ERROR)
def vm_state(ask: Inquiry) -> Iterator[str]:
    """The VM cannot move in this way as it is now."""
    capability = Capability.MIGRATE_LIVE if ask.options.live else Capability.MIGRATE
    if reason := ask.vm.refusal(capability):
        yield f"{reason.message} {reason.remedy}".rstrip()
    elif not ask.options.live and not ask.vm.persistent:
        yield f"{ask.vm.name} has no definition that could move."


@check("options-unsupported", "Options", Severity.ERROR, remedy="Do without.")
def options_unsupported(ask: Inquiry) -> Iterator[str]:
    """The hypervisor does not have what was asked for."""
    if not ask.options.live:
        return
    for wish, capability in _WISHES.items():
        if getattr(ask.options, wish) and capability not in ask.vm.capabilities:
            yield f"{ask.here} cannot do this: {capability}."
