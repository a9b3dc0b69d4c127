"""What a provisioning makes, written down before it is made, and how each kind of it is undone."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from convirt_core.errors import NotFound
from convirt_core.model import Remain, VMRef, VMState

if TYPE_CHECKING:
    from convirt_core.platforms import VMM, VNode
    from convirt_core.services.servers import Servers
    from convirt_core.services.tasks import Tasks
    from convirt_core.store import Store

FILE, FOLDER, DOMAIN, RECORD = "file", "folder", "domain", "record"

_END_SECONDS = 12.0


def register_removers(tasks: Tasks, store: Store, servers: Servers) -> None:
    """Teach the tasks to remove each kind; a thing that is gone already is no error."""

    def remove_file(remain: Remain) -> None:
        servers.get(remain.server).proxy.remove_file(remain.name)

    def remove_folder(remain: Remain) -> None:
        proxy = servers.get(remain.server).proxy
        if proxy.stat(remain.name) is not None and not proxy.list_folder(remain.name):
            proxy.remove_folder(remain.name)

    def remove_domain(remain: Remain) -> None:
        server = servers.get(remain.server)
        server.call(lambda vnode, vmm: _end(vnode, vmm, remain.name), deadline_seconds=_END_SECONDS)

    def remove_record(remain: Remain) -> None:
        with suppress(NotFound):
            store.vms.remove(VMRef(remain.server, remain.name))

    tasks.on_remain(FILE, remove_file)
    tasks.on_remain(FOLDER, remove_folder)
    tasks.on_remain(DOMAIN, remove_domain)
    tasks.on_remain(RECORD, remove_record)


def _end(vnode: VNode, vmm: VMM, key: str) -> None:
    try:
        if vnode.vm(key).state.is_resident:
            vmm.kill(key)
        if vnode.vm(key).state is not VMState.ABSENT:
            vmm.remove(key)
    except NotFound:
        return
