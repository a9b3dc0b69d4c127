"""`convirt server evacuate`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from convirt_cli import failure, names, options
from convirt_cli.command import Command
from convirt_cli.commands import evacuation_check
from convirt_cli.exit_codes import ExitCode, exit_code_of_all
from convirt_cli.migration_options import chosen, migration_options
from convirt_cli.progress import showing_progress
from convirt_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.invocation import Invocation
    from convirt_core.model import ManagedNode
    from convirt_core.services.migration import Departure

KEYS = {
    "server": "name of the one that was evacuated",
    "vms[].vm": "name",
    "vms[].key": "the platform's",
    "vms[].moved": "whether it has moved; false with --check",
    "vms[].server": "name of the server that it is on now",
    "vms[].message": "what was done, in a sentence; empty when it stayed, and with --check",
    **evacuation_check.KEYS,
    "vms[].error.kind": "why it stayed, or could not be checked; only then",
    "vms[].error.message": "one sentence",
    "vms[].error.remedy": "what to try, or empty",
    "vms[].error.findings[].*": "of refused checks",
}


@click.command("evacuate", cls=Command, keys=KEYS)
@click.argument("name", metavar="SERVER", shell_complete=names.servers)
@click.option("--to", "to_name", metavar="SERVER", shell_complete=names.servers, help="All to this server.")
@click.option("--pool", "pool_name", metavar="POOL", shell_complete=names.pools, help="To the servers of this pool.")
@click.option("--check", "only_check", is_flag=True, help="Say what stands against each, and move nothing.")
@click.option("--at-once", type=click.IntRange(1, 64), default=1, show_default=True, help="Migrations at a time.")
@click.option(
    "--order",
    type=click.Choice(["name", "smallest", "largest"]),
    default="name",
    show_default=True,
    help="Which goes first; by memory.",
)
@migration_options
@options.yes
@options.force
@click.pass_obj
def evacuate(
    run: Invocation,
    /,
    *,
    name: str,
    to_name: str | None,
    pool_name: str | None,
    only_check: bool,
    at_once: int,
    order: str,
    yes: bool,
    force: bool,
    **wishes: Any,
) -> ExitCode:
    """Move all VMs of a server to others.

    Without --to and --pool, to the servers of its own pool. Each goes to the server with most free memory that nothing
    stands against; warnings hold none back. One that cannot move stays, and the others go on.
    """
    from convirt_core.services.migration import EvacuationOptions, Order  # noqa: PLC0415  `--help` must not pay for it

    server = run.app.grid.find_server(name)
    destinations = _destinations(run, server, to_name, pool_name)
    how = EvacuationOptions(chosen(live=True, **wishes), Order(order), at_once, force)
    if only_check:
        return evacuation_check.check_evacuation(run, server, destinations, how)
    where = ", ".join(node.name for node in destinations)
    options.confirm(f"Move all VMs of {server.name} to {where}?", yes=yes)
    with showing_progress(run):
        departures = run.app.migrations.evacuate(server, destinations, how, told=lambda one: _tell(run, one))
    stayed = [one for one in departures if one.error is not None]
    run.answer(
        {"server": server.name, "vms": [_as_data(one) for one in departures]},
        _summary(server, len(departures), [one.vm.name for one in stayed]),
    )
    return exit_code_of_all([one.error for one in departures])


def _destinations(
    run: Invocation, server: ManagedNode, to_name: str | None, pool_name: str | None
) -> Sequence[ManagedNode]:
    """Return the servers to choose from."""
    grid = run.app.grid
    if to_name is not None and pool_name is not None:
        raise click.UsageError("Say either --to SERVER or --pool POOL.")
    if to_name is not None:
        nodes = [grid.find_server(to_name)]
    else:
        pool = grid.find_pool(pool_name).id if pool_name else server.pool
        nodes = [node for node in grid.servers() if node.pool == pool and node.platform == server.platform]
    others = [node for node in nodes if node.id != server.id]
    if not others:
        raise InvalidInput(
            f"There is no other server that the VMs of {server.name} could go to.",
            remedy="Say where they go: --to SERVER or --pool POOL.",
        )
    return others


def _tell(run: Invocation, departure: Departure) -> None:
    if departure.moved is not None:
        run.show(departure.moved.sentence)
    elif departure.error is not None:
        failure.tell(departure.error, sys.stderr, target=departure.vm.name)


def _summary(server: ManagedNode, count: int, stayed: Sequence[str]) -> str:
    if not stayed:
        return f"{server.name} is empty: {count} moved." if count else f"{server.name} has no VMs."
    return f"{count - len(stayed)} of {count} moved; on {server.name} stayed {', '.join(stayed)}."


def _as_data(departure: Departure) -> dict[str, object]:
    moved, error = departure.moved, departure.error
    data: dict[str, object] = {
        "vm": departure.vm.name,
        "key": departure.vm.ref.key,
        "moved": moved is not None,
        "server": departure.destination or departure.vm.server.name,
        "message": moved.sentence if moved else "",
    }
    return data if error is None else data | {"error": failure.as_data(error)}
