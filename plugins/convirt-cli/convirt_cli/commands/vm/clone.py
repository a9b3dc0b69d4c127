"""`convirt vm clone`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import options
from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import one_vm
from convirt_cli.progress import showing_progress
from convirt_core.model import check_vm_name

if TYPE_CHECKING:
    from convirt_cli.invocation import Invocation

KEYS = {"vm": "the copy's name", "key": "the platform's key of the copy", "server": "name of its server"}


@click.command("clone", cls=Command, keys=KEYS)
@one_vm
@click.argument("new_name", metavar="NEW-NAME")
@click.option(
    "--linked", is_flag=True, help="Make the disks overlays on the originals, which must then stay as they are."
)
@options.force
@click.pass_obj
def clone(run: Invocation, name: str, new_name: str, linked: bool, force: bool) -> None:
    """Make a copy of a stopped VM.

    It is on the same server and has disks of its own.
    """
    check_vm_name(new_name)  # before any server is asked
    listed = run.app.vms.find(name)
    with showing_progress(run):
        ref = run.app.lifecycle.clone(listed, new_name, linked=linked, force=force)
    data = {"vm": new_name, "key": ref.key, "server": listed.server.name}
    run.answer(data, f"Cloned {listed.name} as {new_name}.")
