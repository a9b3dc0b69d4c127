"""`convirt vm remove`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import options, targets
from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import some_vms
from convirt_cli.removal import names_of_vm, remove_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.exit_codes import ExitCode
    from convirt_cli.invocation import Invocation
    from convirt_core.services.vms import ListedVM


@click.command("remove", cls=Command, keys=targets.KEYS)
@some_vms
@click.option("--keep-disks", is_flag=True, help="Leave the disks that were made for it.")
@options.yes
@options.deadline
@options.force
@click.pass_obj
def remove(
    run: Invocation,
    *,
    wanted: Sequence[str],
    keep_disks: bool,
    yes: bool,
    deadline_seconds: float | None,
    force: bool,
) -> ExitCode:
    """Remove stopped VMs with the disks made for them."""
    disks = "its disks stay" if keep_disks else "with the disks that were made for it"
    question = f"Remove {{}} ({disks})?"

    def work(listed: ListedVM) -> str:
        return run.app.lifecycle.remove(listed, keep_disks=keep_disks, force=force, deadline_seconds=deadline_seconds)

    return remove_each(run, wanted, run.app.vms.find, work, names_of_vm, question=question, yes=yes)
