"""`convirt server list`: the servers with their states, once or for as long as somebody looks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from convirt_cli import names, options
from convirt_cli.command import Command
from convirt_cli.exit_codes import ExitCode
from convirt_cli.fleet import GrowingTable, list_answers, tell_silent
from convirt_cli.shapes import servers, under
from convirt_cli.shapes.servers import ServerRow
from convirt_core.model import ServerState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.invocation import Invocation
    from convirt_core.model import ManagedNode
    from convirt_core.services.listed import ServerAnswer

_NONE = "No servers. Add this machine: convirt server add NAME"


@click.command("list", cls=Command, keys=under("servers[]", {**servers.KEYS, **servers.STATE_KEYS}))
@click.option("--pool", "pool_name", metavar="POOL", shell_complete=names.pools, help="Only the servers of this pool.")
@click.option("--offline", is_flag=True, help="Ask no server; show what the inventory says.")
@options.answer_within
@options.max_age
@click.option("--watch", is_flag=True, help="Stay, and show each change of their states; Ctrl-C leaves.")
@click.option(
    "--timeout",
    "timeout_seconds",
    type=options.Seconds(min=0, min_open=True),
    metavar="SECONDS",
    help="With --watch: leave after so long.",
)
@click.pass_obj
def list_servers(
    run: Invocation,
    *,
    pool_name: str | None,
    offline: bool,
    deadline_seconds: float,
    max_age_seconds: float,
    watch: bool,
    timeout_seconds: float | None,
) -> ExitCode:
    """List the servers with their states.

    Every server is asked how it is. One that does not answer is shown as such, and is no failure of the command.
    """
    if watch and offline:
        raise click.UsageError("Say either --watch or --offline.")
    grid = run.app.grid
    pool = grid.find_pool(pool_name) if pool_name else None
    if watch:
        from convirt_cli.watching import watch_servers  # noqa: PLC0415  only for who stays

        if not grid.servers(pool):
            run.note(_NONE)
        return watch_servers(run, lambda: grid.servers(pool), timeout_seconds)
    if offline:
        _list_inventory(run, grid.servers(pool))
    else:
        _list_asked(run, grid.servers(pool), deadline_seconds, max_age_seconds)
    return ExitCode.DONE


def _list_inventory(run: Invocation, nodes: Sequence[ManagedNode]) -> None:
    pools, now = run.app.grid.pools(), time.time()
    rows = [ServerRow(node, ServerState.UNKNOWN, "", now) for node in nodes]
    data = {"servers": [servers.row_as_data(row, pools) for row in rows]}
    run.answer(data, servers.table(nodes, pools) if nodes else _NONE)


def _list_asked(run: Invocation, nodes: Sequence[ManagedNode], deadline_seconds: float, max_age_seconds: float) -> None:
    pools = run.app.grid.pools()
    table = GrowingTable(run, lambda answers: servers.state_table(_rows(run, answers), pools))
    answers = list_answers(run, nodes, table, deadline_seconds=deadline_seconds, max_age_seconds=max_age_seconds)
    data = {"servers": [servers.row_as_data(row, pools) for row in _rows(run, answers)]}
    run.answer(data, *([] if answers else [_NONE]))
    tell_silent(run, answers)


def _rows(run: Invocation, answers: Sequence[ServerAnswer]) -> list[ServerRow]:
    return sorted((_row(run, answer) for answer in answers), key=lambda row: row.node.name)


def _row(run: Invocation, answer: ServerAnswer) -> ServerRow:
    now, node = time.time(), answer.node
    if answer.error is not None:
        state = run.app.servers.of(node).status.state
        return ServerRow(node, state, answer.error.message, now, error=answer.error)
    vms = [vm.vm for vm in answer.vms if not vm.vm.protected]  # a server's own domain counts as none
    counts = (len(vms), sum(vm.state.is_resident for vm in vms))
    return ServerRow(node, ServerState.UP, "", now - answer.age_seconds, answer.age_seconds, counts)
