"""Whether the VM would be alone with its name, and whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import Severity
from convirt_core.services.lifecycle.linked import LINKED_TO, clones_of
from convirt_core.services.migration.checks.check import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.services.migration.inquiry import Inquiry


@check("name-taken", "Name", Severity.ERROR, remedy="Rename one of them.")
def name_taken(ask: Inquiry) -> Iterator[str]:
    """Another VM there has its name."""
    if any(vm.name == ask.vm.name and vm.key != ask.key for vm in ask.destination_vms):
        yield f"{ask.there} has another VM {ask.vm.name}."


@check("key-taken", "UUID", Severity.ERROR, remedy="Look which of them is wanted, and remove the other's definition.")
def key_taken(ask: Inquiry) -> Iterator[str]:
    """There is a VM of its identity already."""
    for vm in ask.destination_vms:
        if vm.key == ask.key:
            yield f"{ask.there} has a VM with its UUID already: {vm.name}, {vm.state}."


@check("snapshots", "Snapshots", Severity.ERROR, remedy="Delete them first: 'convirt vm snapshot delete'.")
def snapshots(ask: Inquiry) -> Iterator[str]:
    """Snapshots stay behind."""
    if names := ", ".join(snapshot.name for snapshot in ask.snapshots):
        yield f"{ask.vm.name} has snapshots, which do not move: {names}."


@check("linked", "Disk", Severity.WARNING, remedy="Move all that stand on the same disks, or make clones whole first.")
def linked(ask: Inquiry) -> Iterator[str]:
    """Other VMs' disks stand on its own, or its own on another's."""
    ref = ask.request.vm
    if clones := ", ".join(clones_of(ask.store, ref)):
        yield f"The disks of {clones} stand on those of {ask.vm.name}."
    record = ask.store.vms.find(ref)
    if record is not None and record.settings.get(LINKED_TO) and not ask.options.copy_storage:
        yield f"The disks of {ask.vm.name} stand on those of another VM, which stays."


@check("host-devices", "Host devices", Severity.ERROR, remedy="Take them away from the VM first.")
def host_devices(ask: Inquiry) -> Iterator[str]:
    """A device of the source cannot move."""
    for device in ask.config.host_devices():
        yield f"{ask.vm.name} has a device of {ask.here}: {device}."
