"""`convirt vm remove`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import options, targets
from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import all_of, meant, some_or_all_vms
from convirt_cli.removal import names_of_vm, remove_each
from convirt_core.errors import NotFound, PluginError, ServerUnavailable
from convirt_core.model import Capability, VMRecord
from convirt_core.services.lifecycle import refuse_impossible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.exit_codes import ExitCode
    from convirt_cli.invocation import Invocation
    from convirt_core.services.listed import ListedVM


@click.command("remove", cls=Command, keys=targets.KEYS)
@some_or_all_vms
@all_of
@click.option("--keep-disks", is_flag=True, help="Leave the disks that were made for it.")
@options.yes
@options.deadline
@options.force
@click.pass_obj
def remove(
    run: Invocation,
    *,
    wanted: Sequence[str],
    all_of: str | None,
    keep_disks: bool,
    yes: bool,
    deadline_seconds: float | None,
    force: bool,
) -> ExitCode:
    """Remove stopped VMs with the disks made for them.

    Of a VM that was removed without ConVirt, only the record goes; then its whole name must be given.
    """
    disks = "its disks stay" if keep_disks else "with the disks that were made for it"
    question = f"Remove {{}} ({disks})?"

    def work(target: ListedVM | VMRecord) -> str:
        if isinstance(target, VMRecord):
            return run.app.lifecycle.forget(target)
        return run.app.lifecycle.remove(target, keep_disks=keep_disks, force=force, deadline_seconds=deadline_seconds)

    def names_of(target: ListedVM | VMRecord) -> tuple[str, ...]:
        if isinstance(target, VMRecord):
            return f"{run.app.servers.get(target.ref.server).node.name}/{target.name}", target.name, target.ref.key
        return names_of_vm(target)

    vms = meant(run, wanted, all_of, Capability.REMOVE)

    def find(name: str) -> ListedVM | VMRecord:
        target = vms[name]() if all_of else _find(run, name)
        if not isinstance(target, VMRecord):
            refuse_impossible(target.vm, [Capability.REMOVE])  # before anybody is asked
        return target

    def said(target: ListedVM | VMRecord) -> str:
        full_name = names_of(target)[0]
        return f"the record of {full_name}" if isinstance(target, VMRecord) else full_name

    return remove_each(run, list(vms), find, work, names_of, question=question, yes=yes, said=said)


def _find(run: Invocation, name: str) -> ListedVM | VMRecord:
    """Return the VM, or the record of one that is gone: a whole name counts more than the beginning of another."""
    try:
        listed = run.app.vms.find(name)
    except (NotFound, ServerUnavailable, PluginError):  # the record of one that is gone needs only its own server
        if gone := run.app.lifecycle.find_gone(name):
            return gone
        raise
    if name in names_of_vm(listed):
        return listed
    return run.app.lifecycle.find_gone(name) or listed
