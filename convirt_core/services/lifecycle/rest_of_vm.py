"""What stays of a VM when its definition is gone: the disks that ConVirt made for it, and its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.errors import NotFound
from convirt_core.services.lifecycle.linked import pass_links_on
from convirt_core.services.vm_files import files_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.model import VMRecord, VMRef
    from convirt_core.platforms import VMM, VNode
    from convirt_core.services.servers import Server
    from convirt_core.store import Store

_USERS_SECONDS = 60.0  # the definition of every VM of the server is read


def remove_rest(store: Store, server: Server, ref: VMRef, *, keep_disks: bool) -> None:
    """Bring a removal to its end that was cut off: nothing if the VM is there, for then it was not removed."""
    record = store.vms.find(ref)
    if record is None or is_there(server, ref.key):
        return
    if not keep_disks:
        strike_kept(store, server, record)
    remove_files_and_record(store, server, ref, keep_disks=keep_disks)


def remove_files_and_record(store: Store, server: Server, ref: VMRef, *, keep_disks: bool) -> int:
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


def strike_kept(store: Store, server: Server, record: VMRecord) -> Mapping[str, str]:
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


def is_there(server: Server, key: str) -> bool:
    """Whether a server has a VM."""
    try:
        server.look(lambda vnode: vnode.vm(key))
    except NotFound:
        return False
    return True
