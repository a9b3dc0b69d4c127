"""`convirt vm detach`: disks and network cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import options
from convirt_cli.command import Group
from convirt_cli.commands.vm import where as sides
from convirt_cli.commands.vm.arguments import one_vm
from convirt_core.model import Change

if TYPE_CHECKING:
    from convirt_cli.invocation import Invocation

KEYS = {"vm": "the VM's name", "done[]": "a sentence for each thing that was done"}


@click.group(cls=Group)
def detach() -> None:
    """Take a disk or a network card away."""


@detach.command("disk", keys=KEYS)
@one_vm
@click.argument("target")
@sides.options
@options.force
@click.pass_obj
def detach_disk(run: Invocation, name: str, target: str, where: str | None, force: bool) -> None:
    """Take the disk TARGET (such as vdb) away; its file stays."""
    listed = run.app.vms.find(name)
    change = Change(where=sides.chosen(where, listed.vm), detach_disks=(target,))
    done = run.app.lifecycle.apply(listed, change, force=force)
    run.answer({"vm": listed.name, "done": done}, *done)


@detach.command("nic", keys=KEYS)
@one_vm
@click.argument("mac")
@sides.options
@options.force
@click.pass_obj
def detach_nic(run: Invocation, name: str, mac: str, where: str | None, force: bool) -> None:
    """Take the network card with the address MAC away."""
    listed = run.app.vms.find(name)
    change = Change(where=sides.chosen(where, listed.vm), detach_nics=(mac.lower(),))
    done = run.app.lifecycle.apply(listed, change, force=force)
    run.answer({"vm": listed.name, "done": done}, *done)
