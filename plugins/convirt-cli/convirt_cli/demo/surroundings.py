"""What the demonstration needs around its VM: a server of a pool, an image. Each is told how it is undone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from convirt_cli.demo.guest import TEMPLATE
from convirt_core.errors import OperationFailed
from convirt_core.hookspecs import PlatformSpec
from convirt_core.model import ChecksFailed, Finding, Image, ManagedNode, errors_in
from convirt_core.remote import LocalProxy
from convirt_core.services.images import ImageSource

if TYPE_CHECKING:
    from pathlib import Path

    from convirt_cli.demo.undo import Undo
    from convirt_core.app import Application

PLATFORM = "kvm"


def prerequisites(app: Application) -> list[Finding]:
    """Return what the platform finds on this machine.

    :raises ChecksFailed: something is missing
    """
    proxy = LocalProxy()
    findings = app.plugins.findings(PLATFORM, PlatformSpec.convirt_check_prerequisites, proxy=proxy, options={})
    if errors_in(findings):
        raise ChecksFailed("This machine cannot run the demonstration yet.", findings)
    return findings


def server_of_a_pool(app: Application, name: str, undo: Undo) -> ManagedNode:
    """Return this machine's entry in the inventory, or add one for the time being."""
    known = [server for server in app.grid.servers() if server.is_local and server.platform == PLATFORM]
    if known:
        return known[0]
    undo.add(partial(_remove_pool, app, name))
    pool = app.grid.add_pool(name)
    undo.add(partial(_remove_server, app, name))
    return app.grid.add_server(name, platform=PLATFORM, pool=pool)


def image(app: Application, name: str, guest: Path, undo: Undo) -> Image:
    """Add the guest as an image, in a group of its own."""
    undo.add(partial(_remove_group, app, name))
    group = app.images.add_group(name)
    undo.add(partial(_remove_image, app, name))
    source = ImageSource(kernel=guest / "vmlinux", ramdisk=guest / "initrd.img", template=TEMPLATE)
    return app.images.add(name, PLATFORM, group, source)


def verify_store(app: Application, name: str) -> None:
    """Raise `OperationFailed` if a row of the store still bears the name."""
    kinds = {
        "pool": [pool.name for pool in app.grid.pools()],
        "server": [server.name for server in app.grid.servers()],
        "image group": [group.name for group in app.images.groups()],
        "image": [image.name for image in app.images.images()],
        "VM": [record.name for record in app.store.vms.all()],
        "task": [word for task in app.tasks.list() for word in task.title.split()],
    }
    left = [kind for kind, names in kinds.items() if name in names]
    if left:
        raise OperationFailed(f"The inventory still has {name}: {', '.join(left)}.")


def forget_tasks(app: Application, name: str) -> None:
    """Remove the records of the tasks that worked on what bore the name."""
    for task in app.tasks.list():
        if name in task.title.split():
            app.tasks.forget(task.id)


def _remove_pool(app: Application, name: str) -> None:
    for pool in app.grid.pools():
        if pool.name == name:
            app.grid.remove_pool(pool)


def _remove_server(app: Application, name: str) -> None:
    for server in app.grid.servers():
        if server.name == name:
            app.grid.remove_server(server, force=True)  # other VMs may run here: only our entry goes


def _remove_group(app: Application, name: str) -> None:
    for group in app.images.groups():
        if group.name == name:
            app.images.remove_group(group)


def _remove_image(app: Application, name: str) -> None:
    for found in app.images.images():
        if found.name == name:
            left = app.images.remove(found)
            if left:
                raise OperationFailed(" ".join(left))
