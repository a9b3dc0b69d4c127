"""`convirt vm import`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import targets
from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import some_vms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.exit_codes import ExitCode
    from convirt_cli.invocation import Invocation


@click.command("import", cls=Command, keys=targets.KEYS)
@some_vms
@click.pass_obj
def import_vms(run: Invocation, wanted: Sequence[str]) -> ExitCode:
    """Take VMs that were made outside under management."""
    return targets.run_each(run, wanted, lambda name: _imported(run, name))


def _imported(run: Invocation, name: str) -> str:
    listed = run.app.vms.find(name)
    run.app.vms.import_vm(listed.ref)
    return f"{listed.name} is managed now."
