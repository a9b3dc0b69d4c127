"""Removing a VM with what ConVirt made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import OPERATIONS, Capability, Remain, RemainKind
from convirt_core.services.deadlines import deadline
from convirt_core.services.lifecycle.linked import refuse_spoiling_clones
from convirt_core.services.lifecycle.operations import perform
from convirt_core.services.lifecycle.rest_of_vm import remove_files_and_record, strike_kept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.services.lifecycle.guard import Attempt, Guard
    from convirt_core.services.listed import ListedVM


def remove(guard: Guard, vm: ListedVM, *, keep_disks: bool, force: bool, deadline_seconds: float | None) -> str:
    """Remove a stopped VM: definition, the disks recorded as ours, record; return a sentence.

    A recorded disk that was detached, or that another VM of the server names by now, stays.
    """
    if not keep_disks:
        refuse_spoiling_clones(guard.store, vm, force=force)
    seconds = deadline(guard.store.vms.find(vm.ref), Capability.REMOVE, deadline_seconds)

    def work(attempt: Attempt) -> str:
        record = guard.store.vms.find(vm.ref)
        kept = {} if keep_disks or not record else strike_kept(guard.store, attempt.server, record)
        if record:  # before it is asked: if its end is not seen, what is left is told by whether the VM is there
            attempt.handle.remember(
                Remain(RemainKind.REST_BUT_DISKS if keep_disks else RemainKind.REST, vm.ref.server, vm.ref.key)
            )
        perform(attempt, OPERATIONS[Capability.REMOVE], lambda vmm: vmm.remove(vm.ref.key), seconds)
        count = remove_files_and_record(guard.store, attempt.server, vm.ref, keep_disks=keep_disks)
        return _sentence(attempt.vm.name, count, kept)

    title = f"Remove {vm.name} from {vm.server.name}"
    return guard.change(vm, [Capability.REMOVE], title, work, arguments={"keep_disks": keep_disks}, force=force)


def _sentence(name: str, count: int, kept: Mapping[str, str]) -> str:
    what = f" with {count} disk{'s' if count > 1 else ''}" if count else ""
    return f"{name} was removed{what}." + "".join(f" {disk} stays: {why}." for disk, why in kept.items())
