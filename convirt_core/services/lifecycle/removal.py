"""Removing a VM with what ConVirt made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import OPERATIONS, Capability, Remain
from convirt_core.services.lifecycle.linked import refuse_spoiling_clones
from convirt_core.services.lifecycle.operations import deadline, perform
from convirt_core.services.removers import FILE, RECORD

if TYPE_CHECKING:
    from convirt_core.services.lifecycle.guard import Attempt, Guard
    from convirt_core.services.vms import ListedVM


def remove(guard: Guard, vm: ListedVM, *, keep_disks: bool, force: bool, deadline_seconds: float | None) -> str:
    """Remove a stopped VM: definition, the disks recorded as ours, record; return a sentence."""
    if not keep_disks:
        refuse_spoiling_clones(guard.store, vm, force=force)
    record = guard.store.vms.find(vm.ref)
    disks = record.disks if record and not keep_disks else ()
    seconds = deadline(record, Capability.REMOVE, deadline_seconds)

    def work(attempt: Attempt) -> str:
        perform(attempt, OPERATIONS[Capability.REMOVE], lambda vmm: vmm.remove(vm.ref.key), seconds)
        _remove_rest(guard, attempt, disks, has_record=record is not None)
        count = len(disks)
        what = f" with {count} disk{'s' if count > 1 else ''}" if count else ""
        return f"{attempt.vm.name} was removed{what}."

    title = f"Remove {vm.name} from {vm.server.name}"
    return guard.change(vm, [Capability.REMOVE], title, work, arguments={"keep_disks": keep_disks}, force=force)


def _remove_rest(guard: Guard, attempt: Attempt, disks: tuple[str, ...], *, has_record: bool) -> None:
    """Remove disks and record. All are journaled first: if we are killed here, the next command goes on."""
    server_id = attempt.server.node.id
    record = Remain(RECORD, server_id, attempt.ref.key)
    remains = [Remain(FILE, server_id, disk) for disk in disks]
    if has_record:
        attempt.handle.remember(record)
    for remain in remains:
        attempt.handle.remember(remain)
    for remain in remains:
        attempt.server.proxy.remove_file(remain.name)
        attempt.handle.forget(remain)
    if has_record:
        guard.store.vms.remove(attempt.ref)
        attempt.handle.forget(record)
