"""`convirt vm attach`: disks and network cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import options
from convirt_cli.command import Group
from convirt_cli.commands.vm import where as sides
from convirt_cli.commands.vm.arguments import one_vm
from convirt_core.errors import Refused
from convirt_core.model import Change, Disk, Nic

if TYPE_CHECKING:
    from convirt_cli.invocation import Invocation
    from convirt_core.services.listed import ListedVM

KEYS = {"vm": "the VM's name", "done[]": "a sentence for each thing that was done"}


@click.group(cls=Group)
def attach() -> None:
    """Add a disk or a network card."""


@attach.command("disk", keys={**KEYS, "target": "the guest's device name"})
@one_vm
@click.argument("path")
@click.option("--target", help="The guest's device name, such as vdb; else the next free one.")
@click.option("--format", "disk_format", help="Of the file, such as qcow2; else as the platform takes it.")
@click.option("--bus", help="Such as virtio or sata; else as fits the target.")
@click.option(
    "--device",
    type=click.Choice(["disk", "cdrom", "floppy"]),
    default="disk",
    show_default=True,
    help="What the guest sees it as.",
)
@click.option("--read-only", is_flag=True, help="The guest may only read it.")
@click.option("--shareable", is_flag=True, help="Several VMs may use it at once.")
@sides.options
@options.force
@click.pass_obj
def attach_disk(
    run: Invocation,
    *,
    name: str,
    path: str,
    target: str | None,
    disk_format: str | None,
    bus: str | None,
    device: str,
    read_only: bool,
    shareable: bool,
    where: str | None,
    force: bool,
) -> None:
    """Add the file or device PATH of the server as a disk."""
    listed = run.app.vms.find(name)
    disk = Disk(
        target=target or _free_target(run, listed),
        source=path,
        device=device,
        format=disk_format or "",
        bus=bus or "",
        read_only=read_only,
        shareable=shareable,
    )
    change = Change(where=sides.chosen(where, listed.vm), attach_disks=(disk,))
    done = run.app.lifecycle.apply(listed, change, force=force)
    run.answer({"vm": listed.name, "done": done, "target": disk.target}, *done)


@attach.command("nic", keys=KEYS)
@one_vm
@click.option("--network", metavar="NAME", help="Connect it to this network.")
@click.option("--bridge", metavar="NAME", help="Connect it to this bridge.")
@click.option("--user", "user_mode", is_flag=True, help="Give it the hypervisor's own translated network.")
@click.option("--mac", help="Its address; else a new one.")
@click.option("--model", help="Such as virtio; else as the platform takes it.")
@sides.options
@options.force
@click.pass_obj
def attach_nic(
    run: Invocation,
    *,
    name: str,
    network: str | None,
    bridge: str | None,
    user_mode: bool,
    mac: str | None,
    model: str | None,
    where: str | None,
    force: bool,
) -> None:
    """Add a network card."""
    kinds = {"network": network, "bridge": bridge, "user": "" if user_mode else None}
    said = [(kind, source) for kind, source in kinds.items() if source is not None]
    if len(said) != 1:
        raise click.UsageError("Say one of --network, --bridge and --user.")
    kind, source = said[0]
    listed = run.app.vms.find(name)
    nic = Nic(mac=(mac or "").lower(), kind=kind, source=source, model=model or "")
    change = Change(where=sides.chosen(where, listed.vm), attach_nics=(nic,))
    done = run.app.lifecycle.apply(listed, change, force=force)
    run.answer({"vm": listed.name, "done": done}, *done)


def _free_target(run: Invocation, listed: ListedVM) -> str:
    """Return the first of its platform's usual targets that neither the definition nor the running VM has."""
    details, platform = run.app.vms.details(listed.ref), run.app.servers.get(listed.ref.server).platform
    disks = details.config.disks() if details.config else []
    target = platform.free_target([*disks, *(details.info.disks if details.info else ())])
    if not target:
        message = f"{listed.name} has a disk of each letter from {platform.first_disk} on already."
        raise Refused(message, remedy="Say another target with --target.")
    return target
