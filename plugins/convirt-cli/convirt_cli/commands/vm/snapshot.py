"""`convirt vm snapshot`: kept states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import options
from convirt_cli.command import Group
from convirt_cli.commands.vm.arguments import one_vm
from convirt_cli.removal import in_full, names_of_vm
from convirt_cli.shapes import devices, under
from convirt_core.errors import NotFound

if TYPE_CHECKING:
    from convirt_cli.invocation import Invocation
    from convirt_core.services.listed import ListedVM

KEYS = {"vm": "the VM's name", "snapshot": "the snapshot's name", "message": "what was done, in a sentence"}

snapshot_name = click.argument("snapshot_name", metavar="SNAPSHOT")


@click.group(cls=Group)
def snapshot() -> None:
    """Keep states, go back to them."""


@snapshot.command("create", keys=KEYS)
@one_vm
@snapshot_name
@click.option("--description", default="", help="A note to keep with it.")
@options.force
@click.pass_obj
def create(run: Invocation, name: str, snapshot_name: str, description: str, force: bool) -> None:
    """Keep a VM's disks and, when it runs, its memory."""
    listed = run.app.vms.find(name)
    message = run.app.lifecycle.create_snapshot(listed, snapshot_name, description, force=force)
    run.answer({"vm": listed.name, "snapshot": snapshot_name, "message": message}, message)


@snapshot.command("list", keys={"vm": "the VM's name", **under("snapshots[]", devices.SNAPSHOT_KEYS)})
@one_vm
@click.pass_obj
def list_snapshots(run: Invocation, name: str) -> None:
    """List a VM's snapshots, parents before children."""
    listed = run.app.vms.find(name)
    found = run.app.lifecycle.snapshots(listed)
    data = {"vm": listed.name, "snapshots": [devices.snapshot_as_data(one) for one in found]}
    run.answer(data, devices.snapshot_table(found) if found else f"{listed.name} has no snapshots.")


@snapshot.command("revert", keys=KEYS)
@one_vm
@snapshot_name
@options.yes
@options.force
@click.pass_obj
def revert(run: Invocation, name: str, snapshot_name: str, yes: bool, force: bool) -> None:
    """Go back to a kept state; what happened since is lost."""
    listed = run.app.vms.find(name)
    in_full(name, names_of_vm(listed), yes=yes)
    _refuse_unknown(run, listed, snapshot_name)
    options.confirm(f"Go back to {snapshot_name}? What {listed.name} did since is lost.", yes=yes)
    message = run.app.lifecycle.revert_to_snapshot(listed, snapshot_name, force=force)
    run.answer({"vm": listed.name, "snapshot": snapshot_name, "message": message}, message)


@snapshot.command("delete", keys=KEYS)
@one_vm
@snapshot_name
@options.yes
@options.force
@click.pass_obj
def delete(run: Invocation, name: str, snapshot_name: str, yes: bool, force: bool) -> None:
    """Forget a kept state; its children stay."""
    listed = run.app.vms.find(name)
    in_full(name, names_of_vm(listed), yes=yes)
    _refuse_unknown(run, listed, snapshot_name)
    options.confirm(f"Forget the snapshot {snapshot_name} of {listed.name}?", yes=yes)
    message = run.app.lifecycle.delete_snapshot(listed, snapshot_name, force=force)
    run.answer({"vm": listed.name, "snapshot": snapshot_name, "message": message}, message)


def _refuse_unknown(run: Invocation, listed: ListedVM, snapshot_name: str) -> None:
    """Look before anybody is asked. Raises `NotFound`."""
    if snapshot_name not in {one.name for one in run.app.lifecycle.snapshots(listed)}:
        raise NotFound(
            f"{listed.name} has no snapshot {snapshot_name}.",
            remedy=f"See 'convirt vm snapshot list {listed.name}'.",
        )
