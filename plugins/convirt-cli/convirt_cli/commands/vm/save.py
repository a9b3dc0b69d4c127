"""`convirt vm save` and `convirt vm restore`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import options, targets
from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import server, server_of, some_vms
from convirt_core.model import Capability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.exit_codes import ExitCode
    from convirt_cli.invocation import Invocation


@click.command("save", cls=Command, keys=targets.KEYS)
@some_vms
@click.option("--to", "path", metavar="PATH", help="To this file on the server, for 'vm restore'; of one VM only.")
@options.deadline
@options.force
@click.pass_obj
def save(
    run: Invocation, wanted: Sequence[str], path: str | None, deadline_seconds: float | None, force: bool
) -> ExitCode:
    """Write the memory of VMs to disk and stop them.

    Without --to the hypervisor keeps it, and 'vm start' continues the VM.
    """
    if path is not None and len(wanted) > 1:
        raise click.UsageError("--to is one file: name one VM.")
    capability = Capability.MANAGED_SAVE if path is None else Capability.SAVE

    def work(name: str) -> str:
        vm = run.app.vms.find(name)
        return run.app.lifecycle.run(capability, vm, path=path or "", force=force, deadline_seconds=deadline_seconds)

    return targets.run_each(run, wanted, work)


@click.command("restore", cls=Command, keys=targets.KEYS)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@server
@options.deadline
@options.force
@click.pass_obj
def restore(
    run: Invocation, paths: Sequence[str], server_name: str | None, deadline_seconds: float | None, force: bool
) -> ExitCode:
    """Continue VMs from files of 'vm save --to'."""
    node = server_of(run, server_name)
    return targets.run_each(
        run,
        paths,
        lambda path: run.app.lifecycle.restore(node, path, force=force, deadline_seconds=deadline_seconds),
    )
