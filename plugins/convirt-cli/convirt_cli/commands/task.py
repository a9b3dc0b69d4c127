"""`convirt task`: long work of every process that shares the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import names, targets
from convirt_cli.command import Group
from convirt_cli.shapes import tasks, under

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.exit_codes import ExitCode
    from convirt_cli.invocation import Invocation


@click.group(cls=Group)
def task() -> None:
    """Long work: what runs, what ran, cancel."""


@task.command("list", keys=under("tasks[]", tasks.KEYS))
@click.option("--running", is_flag=True, help="Only those that run.")
@click.pass_obj
def list_tasks(run: Invocation, running: bool) -> None:
    """List tasks, the newest first."""
    found = run.app.tasks.list(running_only=running)
    data = {"tasks": [tasks.as_data(one) for one in found]}
    run.answer(data, tasks.table(found) if found else "No tasks.")


@task.command("show", keys=under("task", tasks.KEYS))
@click.argument("task_id", metavar="TASK", shell_complete=names.tasks)
@click.pass_obj
def show(run: Invocation, task_id: str) -> None:
    """Show one task."""
    found = run.app.tasks.get(task_id)
    run.answer({"task": tasks.as_data(found)}, tasks.facts(found))


@task.command("cancel", keys=targets.KEYS)
@click.argument("wanted", metavar="TASK...", nargs=-1, required=True, shell_complete=names.tasks)
@click.pass_obj
def cancel(run: Invocation, wanted: Sequence[str]) -> ExitCode:
    """Ask tasks to stop, in whichever process they run.

    What they were making is removed again; what a guest was asked, such as to shut down, cannot be taken back. A
    migration that goes on by itself, as the process that began it was killed, is ended too.
    """
    return targets.run_each(run, wanted, lambda name: f"Asked to stop: {run.app.tasks.cancel(name).title}.")
