"""Linked clones: VMs whose disks are overlays on another VM's disks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.errors import Refused

if TYPE_CHECKING:
    from convirt_core.model import VMRecord, VMRef
    from convirt_core.services.listed import ListedVM
    from convirt_core.store import Store

LINKED_TO = "linked-to"
"""Setting in a clone's record: the key of the VM that it is linked to."""


def clones_of(store: Store, ref: VMRef) -> list[str]:
    """Return the names of the VMs on its server whose disks need a VM's disks unchanged."""
    records = store.vms.of_server(ref.server)
    return [record.name for record in records if record.settings.get(LINKED_TO) == ref.key]


def refuse_spoiling_clones(store: Store, vm: ListedVM, *, force: bool) -> None:
    """Raise `Refused` if a VM has linked clones: what it writes to its disks would spoil theirs. Forced: no."""
    clones = ", ".join(clones_of(store, vm.ref))
    if clones and not force:
        raise Refused(
            f"The disks of {clones} are linked to those of {vm.name}, and spoiled when {vm.name} writes.",
            remedy=f"Make a clone that is not linked, remove {clones}, or do it anyway with --force.",
        )


def pass_links_on(store: Store, record: VMRecord) -> None:
    """Link the clones of a VM that goes to what it was linked to itself: its disks, if they stay, still need those."""
    base = record.settings.get(LINKED_TO)
    if base is None:
        return
    for clone in store.vms.of_server(record.ref.server):
        if clone.settings.get(LINKED_TO) == record.ref.key:
            store.vms.save(evolve(clone, settings={**clone.settings, LINKED_TO: base}))
