"""Records of VMs that were removed without ConVirt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import Refused
from convirt_core.model import Capability
from convirt_core.services.lifecycle.linked import pass_links_on
from convirt_core.services.lifecycle.rest_of_vm import is_there

if TYPE_CHECKING:
    from convirt_core.model import VMRecord
    from convirt_core.services.lifecycle.guard import Guard
    from convirt_core.services.tasks import TaskHandle


def find_gone(guard: Guard, name: str) -> VMRecord | None:
    """Return the record with this exact name, `server/name` or key whose VM its server has no longer, or None.

    :raises ServerUnavailable: if the server of such a record does not say
    """
    servers = {node.id: node.name for node in guard.servers.all()}
    for record in guard.store.vms.all():
        full_name = f"{servers[record.ref.server]}/{record.name}"
        is_meant = name in {record.name, full_name, record.ref.key}
        if is_meant and not is_there(guard.servers.get(record.ref.server), record.ref.key):
            return record
    return None


def forget(guard: Guard, record: VMRecord) -> str:
    """Remove the record of a VM that was removed without ConVirt; return a sentence. No file is touched.

    :raises Refused: if its server has the VM
    """
    server = guard.servers.get(record.ref.server)

    def work(_: TaskHandle) -> str:
        if is_there(server, record.ref.key):
            raise Refused(f"{server.node.name} has the VM {record.name}.", remedy="Remove the VM itself.")
        pass_links_on(guard.store, record)
        guard.store.vms.remove(record.ref)
        left = f" Its disks were not touched: {', '.join(record.disks)}." if record.disks else ""
        return f"{record.name} is on {server.node.name} no longer, and its record was removed.{left}"

    title = f"Forget {record.name} of {server.node.name}"
    return guard.tasks.run(title, Capability.REMOVE.value, work, vms=(record.ref,)).result
