"""How what a task made is removed again, by kind of remain."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from convirt_core.errors import NotFound, OperationFailed, ServerUnavailable
from convirt_core.model import Remain, RemainKind, VMRef
from convirt_core.platforms import PART

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.platforms import VMM, VNode
    from convirt_core.services.servers import Server, Servers
    from convirt_core.services.tasks import Tasks
    from convirt_core.store import Store

_DOMAIN_SECONDS = 30.0
_SETTLE_SECONDS = 10.0
_STOP_SECONDS = 10.0


def register_removers(tasks: Tasks, store: Store, servers: Callable[[], Servers]) -> None:
    """Teach tasks to remove files, folders, domains, records and what stays of removed VMs.

    What is not there is no error, and neither is a server that was taken out of the inventory.

    :param servers: asked for when something is to be removed, not before
    """

    def remove_file(remain: Remain) -> None:
        with suppress(NotFound):
            proxy = servers().get(remain.server).proxy
            for path in (remain.name, remain.name + PART):  # a connection that was cut leaves what had come
                proxy.remove_file(path)

    def remove_folder(remain: Remain) -> None:
        with suppress(NotFound):
            proxy = servers().get(remain.server).proxy
            if not proxy.list_folder(remain.name):
                proxy.remove_folder(remain.name)

    def remove_domain(remain: Remain) -> None:
        with suppress(NotFound):
            server = servers().get(remain.server)
            make_ready(server)
            server.call(lambda vnode, vmm: _end_and_remove(vnode, vmm, remain.name), deadline_seconds=_DOMAIN_SECONDS)

    def remove_record(remain: Remain) -> None:
        with suppress(NotFound):
            store.vms.remove(VMRef(remain.server, remain.name))

    def remove_rest_of_vm(remain: Remain) -> None:
        from convirt_core.services.lifecycle.rest_of_vm import remove_rest  # noqa: PLC0415  for who has a rest only

        with suppress(NotFound):
            ref, server = VMRef(remain.server, remain.name), servers().get(remain.server)
            make_ready(server)
            remove_rest(store, server, ref, keep_disks=remain.kind == RemainKind.REST_BUT_DISKS)

    tasks.on_remain(RemainKind.MIGRATION, lambda remain: _settle_migration(store, servers(), remain))
    tasks.on_stop(RemainKind.MIGRATION, lambda remain: _stop_migration(servers(), remain))
    tasks.on_remain(RemainKind.FILE, remove_file)
    tasks.on_remain(RemainKind.FOLDER, remove_folder)
    tasks.on_remain(RemainKind.DOMAIN, remove_domain)
    tasks.on_remain(RemainKind.RECORD, remove_record)
    tasks.on_remain(RemainKind.IMAGE_FOLDER, _remove_image_folder)
    for kind in (RemainKind.REST, RemainKind.REST_BUT_DISKS):
        tasks.on_remain(kind, remove_rest_of_vm)


def make_ready(server: Server) -> None:
    """Let it be connected to at once, and wait for calls given up: one of them may make what is to be removed.

    :raises ServerUnavailable: if one does not return
    """
    if not server.session.settle(_SETTLE_SECONDS):
        raise ServerUnavailable(f"{server.node.name} still works on a call that was given up.")
    server.hurry()


def _settle_migration(store: Store, servers: Servers, remain: Remain) -> None:
    """Bring a VM that was on its way to an end, by the servers of the two that there still are."""
    from convirt_core.services.migration.journey import Journey  # noqa: PLC0415  for who has one under way only
    from convirt_core.services.migration.settling import settle  # noqa: PLC0415  likewise
    from convirt_core.services.migration.settling_alone import (  # noqa: PLC0415  likewise
        settle_destination,
        settle_source,
    )

    journey = Journey.of_remain(remain)
    source, destination = _find(servers, journey.source), _find(servers, journey.destination)
    for server in filter(None, (source, destination)):
        make_ready(server)
    if source and destination:
        settle(store, source, destination, journey, seconds=_SETTLE_SECONDS)
    elif source:
        settle_source(source, journey)
    elif destination:
        settle_destination(destination, journey)


def _stop_migration(servers: Servers, remain: Remain) -> None:
    """Let a VM go nowhere, if the server that it would leave still knows of its migration."""
    with suppress(NotFound):
        source = servers.get(remain.server)
        make_ready(source)
        source.call(lambda _, vmm: vmm.stop_migration(remain.name), deadline_seconds=_STOP_SECONDS)


def _find(servers: Servers, server_id: str) -> Server | None:
    """Return a server; None: it was taken out of the inventory."""
    try:
        return servers.get(server_id)
    except NotFound:
        return None


def _end_and_remove(vnode: VNode, vmm: VMM, key: str) -> None:
    vm = vnode.vm(key)
    if vm.state.is_resident:
        vmm.kill(key)
    if vm.persistent:
        vmm.remove(key)


def _remove_image_folder(remain: Remain) -> None:
    import shutil  # noqa: PLC0415  rarely needed, and each command imports this module

    try:
        shutil.rmtree(remain.name)
    except FileNotFoundError:
        return
    except OSError as error:
        raise OperationFailed(f"The folder {remain.name} could not be removed: {error.strerror}.") from error
