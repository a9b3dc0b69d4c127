"""`convirt vm set`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import options
from convirt_cli.command import Command
from convirt_cli.commands.vm import where as sides
from convirt_cli.commands.vm.arguments import one_vm
from convirt_cli.values import ASSIGNMENT
from convirt_cli.vm_values import read_values
from convirt_core.errors import InvalidInput, NotFound
from convirt_core.model import Change, Where

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convirt_cli.invocation import Invocation
    from convirt_core.services.listed import ListedVM

KEYS = {"vm": "the VM's name", "done[]": "a sentence for each thing that was done"}


@click.command("set", cls=Command, keys=KEYS)
@one_vm
@click.argument("assignments", metavar="[KEY=VALUE]...", type=ASSIGNMENT, nargs=-1)
@click.option("--unset", metavar="KEY", multiple=True, help="Delete a key of the definition; may be repeated.")
@click.option("--notes", help="Write this note into our record of the VM.")
@click.option(
    "--deadline",
    "deadlines",
    metavar="OPERATION=SECONDS",
    type=ASSIGNMENT,
    multiple=True,
    help="How long an operation may take on this VM, such as shutdown=300; shutdown= is the usual time again.",
)
@sides.options
@options.force
@click.pass_obj
def set_values(
    run: Invocation,
    *,
    name: str,
    assignments: Sequence[tuple[str, str]],
    unset: Sequence[str],
    notes: str | None,
    deadlines: Sequence[tuple[str, str]],
    where: str | None,
    force: bool,
) -> None:
    """Change the definition or the running VM.

    Such as memory=1G vcpus=2 boot=cd description='web server'. Memory is in MiB (512, 512M) or with a unit (1G). A
    list, such as of disks, is written as in a python-config file. vncpasswd=- asks for the password, or reads a line
    of standard input: on the command line others could see it.

    Without --stored, --live or --both: memory and vcpus change on both sides of a running VM, in the definition
    alone if it cannot take them while it runs; all else changes in the definition.
    """
    values: dict[str, object] = {**dict.fromkeys(unset), **read_values(assignments)}
    if not values and not deadlines and notes is None:
        raise click.UsageError("Say what to change: KEY=VALUE, --unset, --notes or --deadline.")
    listed = run.app.vms.find(name)
    done = _recorded(run, listed, notes, dict(deadlines)) if notes is not None or deadlines else []
    done += _applied(run, listed, values, where, force=force) if values else []
    run.answer({"vm": listed.name, "done": done}, *done)


def _recorded(run: Invocation, listed: ListedVM, notes: str | None, deadlines: Mapping[str, str]) -> list[str]:
    """Write into our record of the VM, before anything of the VM itself is changed."""
    if not listed.managed:
        raise NotFound(
            f"{listed.name} is not managed: there is no record of it to write into.",
            remedy=f"Take it under management first: 'convirt vm import {listed.name}'.",
        )
    done = []
    if deadlines:
        run.app.vms.set_deadlines(listed.ref, deadlines)
        done += [_deadline_text(listed.name, operation, seconds) for operation, seconds in deadlines.items()]
    if notes is not None:
        run.app.vms.set_notes(listed.ref, notes)
        done.append(f"Noted for {listed.name}.")
    return done


def _deadline_text(name: str, operation: str, seconds: str) -> str:
    return f"The {operation} of {name} may take {f'{seconds} s' if seconds else 'as long as is usual'}."


def _applied(
    run: Invocation, listed: ListedVM, values: Mapping[str, object], where: str | None, *, force: bool
) -> list[str]:
    """Apply the values; those that have no live side go into the definition alone unless `where` says else."""
    live = {key: value for key, value in values.items() if key in {"memory", "vcpus"}}
    rest = {key: value for key, value in values.items() if key not in live}
    if where is not None:
        return run.app.lifecycle.apply(listed, Change(values, Where(where)), force=force)
    if rest and not listed.vm.persistent:
        raise InvalidInput(f"{listed.name} has no definition.", remedy="Only its memory and vcpus can be changed.")
    done: list[str] = []
    if live:
        sizes = Change(live, sides.chosen(None, listed.vm))
        done = run.app.lifecycle.apply(listed, sizes, force=force, or_stored=True)
    return [*done, *run.app.lifecycle.apply(listed, Change(rest), force=force)] if rest else done
