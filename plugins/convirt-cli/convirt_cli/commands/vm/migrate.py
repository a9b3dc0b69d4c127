"""`convirt vm migrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from convirt_cli import names, options
from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import one_vm
from convirt_cli.exit_codes import ExitCode
from convirt_cli.migration_options import chosen, migration_options
from convirt_cli.progress import showing_progress
from convirt_cli.shapes import findings, migrations
from convirt_core.model import Severity, errors_in

if TYPE_CHECKING:
    from convirt_cli.invocation import Invocation
    from convirt_core.services.migration import Plan


@click.command("migrate", cls=Command, keys=migrations.KEYS)
@one_vm
@click.option(
    "--to", "server_name", metavar="SERVER", required=True, shell_complete=names.servers, help="Its new home."
)
@click.option("--check", "only_check", is_flag=True, help="Say what stands against it, and do nothing.")
@click.option("--live/--offline", "live", default=None, help="While it runs, or stopped; else as it is now.")
@migration_options
@options.deadline
@options.yes
@options.force
@click.pass_obj
def migrate(
    run: Invocation,
    /,
    *,
    name: str,
    server_name: str,
    only_check: bool,
    live: bool | None,
    deadline_seconds: float | None,
    yes: bool,
    force: bool,
    **wishes: Any,
) -> ExitCode:
    """Move a VM to another server.

    A running VM goes on running; of a stopped one the definition moves. What stands against it is checked first:
    errors refuse, unless --force; warnings ask.
    """
    listed = run.app.vms.find(name)
    destination = run.app.grid.find_server(server_name)
    how = chosen(live=listed.vm.state.is_resident if live is None else live, **wishes)
    plan = run.app.migrations.plan(listed, destination, how)
    if only_check:
        run.answer(migrations.as_data(plan, None), migrations.found(plan))
        return findings.exit_code(plan.findings)
    if not force and errors_in(plan.findings):  # else the migration itself tells of what it was forced over
        plan.refuse(force=False)
    _ask_about_warnings(plan, yes=yes or force)
    with showing_progress(run):
        moved = run.app.migrations.migrate(plan, force=force, deadline_seconds=deadline_seconds)
    run.answer(migrations.as_data(plan, moved), moved.sentence)
    return ExitCode.DONE


def _ask_about_warnings(plan: Plan, *, yes: bool) -> None:
    """Ask whether to go on, if there are warnings."""
    warnings = [finding.message for finding in plan.findings if finding.severity is Severity.WARNING]
    if warnings:
        options.confirm(f"{' '.join(warnings)} Migrate {plan.request.vm_name} all the same?", yes=yes)
