"""Removing a VM with what ConVirt made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.errors import NotFound, Refused
from convirt_core.model import OPERATIONS, Capability, Remain, VMRecord, VMRef
from convirt_core.services.lifecycle.linked import pass_links_on, refuse_spoiling_clones
from convirt_core.services.lifecycle.operations import deadline, perform
from convirt_core.services.removers import REST, REST_BUT_DISKS, wait_for_late_calls
from convirt_core.services.vm_files import files_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.platforms import VMM, VNode
    from convirt_core.services.lifecycle.guard import Attempt, Guard
    from convirt_core.services.servers import Server
    from convirt_core.services.tasks import TaskHandle
    from convirt_core.services.vms import ListedVM
    from convirt_core.store import Store

_USERS_SECONDS = 60.0  # the definition of every VM of the server is read


def remove(guard: Guard, vm: ListedVM, *, keep_disks: bool, force: bool, deadline_seconds: float | None) -> str:
    """Remove a stopped VM: definition, the disks recorded as ours, record; return a sentence.

    A recorded disk that was detached, or that another VM of the server names by now, stays.
    """
    if not keep_disks:
        refuse_spoiling_clones(guard.store, vm, force=force)
    seconds = deadline(guard.store.vms.find(vm.ref), Capability.REMOVE, deadline_seconds)

    def work(attempt: Attempt) -> str:
        record = guard.store.vms.find(vm.ref)
        kept = {} if keep_disks or not record else _strike_kept(guard.store, attempt.server, record)
        if record:  # before it is asked: if its end is not seen, what is left is told by whether the VM is there
            attempt.handle.remember(Remain(REST_BUT_DISKS if keep_disks else REST, vm.ref.server, vm.ref.key))
        perform(attempt, OPERATIONS[Capability.REMOVE], lambda vmm: vmm.remove(vm.ref.key), seconds)
        count = _remove_rest(guard.store, attempt.server, vm.ref, keep_disks=keep_disks)
        return _sentence(attempt.vm.name, count, kept)

    title = f"Remove {vm.name} from {vm.server.name}"
    return guard.change(vm, [Capability.REMOVE], title, work, arguments={"keep_disks": keep_disks}, force=force)


def remove_rest(store: Store, server: Server, ref: VMRef, *, keep_disks: bool) -> None:
    """Bring a removal to its end that was cut off: nothing if the VM is there, for then it was not removed."""
    wait_for_late_calls(server)
    record = store.vms.find(ref)
    if record is None or _is_there(server, ref.key):
        return
    if not keep_disks:
        _strike_kept(store, server, record)
    _remove_rest(store, server, ref, keep_disks=keep_disks)


def _strike_kept(store: Store, server: Server, record: VMRecord) -> Mapping[str, str]:
    """Strike from a record the disks that are not its VM's alone any more; return why, by path."""
    if not record.disks:
        return {}
    kept = server.call(lambda vnode, vmm: _kept(vnode, vmm, record), deadline_seconds=_USERS_SECONDS)
    if kept:
        store.vms.save(evolve(record, disks=tuple(disk for disk in record.disks if disk not in kept)))
    return kept


def _kept(vnode: VNode, vmm: VMM, record: VMRecord) -> dict[str, str]:
    """Return the disks that are not the VM's alone, with why. Of a VM that is gone, it is not told what it names."""
    own, others = None, dict[str, str]()
    for vm in vnode.vms():
        if vm.key == record.ref.key:
            own = set(files_of(vm, vmm))
        else:
            others |= dict.fromkeys(files_of(vm, vmm), f"{vm.name} uses it")
    detached = {} if own is None else {disk: "it was detached" for disk in record.disks if disk not in own}
    return detached | {disk: others[disk] for disk in record.disks if disk in others}


def find_gone(guard: Guard, name: str) -> VMRecord | None:
    """Return the record with this exact name, `server/name` or key whose VM its server has no longer, or None.

    :raises ServerUnavailable: if the server of such a record does not say
    """
    servers = {node.id: node.name for node in guard.servers.all()}
    for record in guard.store.vms.all():
        full_name = f"{servers[record.ref.server]}/{record.name}"
        is_meant = name in {record.name, full_name, record.ref.key}
        if is_meant and not _is_there(guard.servers.get(record.ref.server), record.ref.key):
            return record
    return None


def forget(guard: Guard, record: VMRecord) -> str:
    """Remove the record of a VM that was removed without ConVirt; return a sentence. No file is touched.

    :raises Refused: if its server has the VM
    """
    server = guard.servers.get(record.ref.server)

    def work(_: TaskHandle) -> str:
        if _is_there(server, record.ref.key):
            raise Refused(f"{server.node.name} has the VM {record.name}.", remedy="Remove the VM itself.")
        pass_links_on(guard.store, record)
        guard.store.vms.remove(record.ref)
        left = f" Its disks were not touched: {', '.join(record.disks)}." if record.disks else ""
        return f"{record.name} is on {server.node.name} no longer, and its record was removed.{left}"

    title = f"Forget {record.name} of {server.node.name}"
    return guard.tasks.run(title, Capability.REMOVE.value, work, vms=(record.ref,)).result


def _remove_rest(store: Store, server: Server, ref: VMRef, *, keep_disks: bool) -> int:
    """Remove what stays when the definition is gone; return how many disks."""
    record = store.vms.find(ref)
    if record is None:
        return 0
    disks = () if keep_disks else record.disks
    for disk in disks:
        server.proxy.remove_file(disk)
    pass_links_on(store, record)
    store.vms.remove(ref)
    return len(disks)


def _is_there(server: Server, key: str) -> bool:
    try:
        server.look(lambda vnode: vnode.vm(key))
    except NotFound:
        return False
    return True


def _sentence(name: str, count: int, kept: Mapping[str, str]) -> str:
    what = f" with {count} disk{'s' if count > 1 else ''}" if count else ""
    return f"{name} was removed{what}." + "".join(f" {disk} stays: {why}." for disk, why in kept.items())
