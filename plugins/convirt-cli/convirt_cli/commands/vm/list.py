"""`convirt vm list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import names, options
from convirt_cli.command import Command
from convirt_cli.exit_codes import ExitCode, exit_code_of, together
from convirt_cli.fleet import GrowingTable, list_answers, tell_silent
from convirt_cli.shapes import under, vms
from convirt_core.model import VMState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.invocation import Invocation
    from convirt_core.model import ManagedNode
    from convirt_core.services.listed import ListedVM, ServerAnswer

_STATES = click.Choice([state.value for state in VMState])


@click.command("list", cls=Command, keys={**under("vms[]", vms.KEYS), **under("servers[]", vms.SERVER_KEYS)})
@click.option(
    "--server",
    "servers",
    metavar="SERVER",
    multiple=True,
    shell_complete=names.servers,
    help="Only of this server; may be repeated.",
)
@click.option("--pool", metavar="POOL", shell_complete=names.pools, help="Only of this pool's servers.")
@click.option("--state", type=_STATES, help="Only VMs in this state.")
@options.answer_within
@options.max_age
@click.pass_obj
def list_vms(
    run: Invocation,
    *,
    servers: Sequence[str],
    pool: str | None,
    state: str | None,
    deadline_seconds: float,
    max_age_seconds: float,
) -> ExitCode:
    """List VMs of all servers, managed or not.

    The rows of servers that answer are shown at once, and why others did not at the end.
    """
    asked = _servers(run, servers, pool) if servers or pool else None
    table = GrowingTable(run, lambda answers: vms.table(_chosen(answers, state)))
    answers = list_answers(run, asked, table, deadline_seconds=deadline_seconds, max_age_seconds=max_age_seconds)
    data = {
        "vms": [vms.as_data(vm) for vm in _chosen(answers, state)],
        "servers": [vms.answer_as_data(answer) for answer in answers],
    }
    run.answer(data, *([_nothing(answers)] if table.is_empty else []))
    tell_silent(run, answers)
    return code_of(answers)


def code_of(answers: Sequence[ServerAnswer]) -> ExitCode:
    """Return how the command ends. A server on which no hypervisor is found does not answer, like any other."""
    codes = [exit_code_of(answer.error) if answer.error else ExitCode.DONE for answer in answers]
    return together(ExitCode.UNAVAILABLE if code is ExitCode.NOT_FOUND else code for code in codes)


def _chosen(answers: Sequence[ServerAnswer], state: str | None) -> list[ListedVM]:
    found = [vm for answer in answers for vm in answer.vms if state in {None, vm.vm.state.value}]
    return sorted(found, key=lambda vm: (vm.name, vm.server.name))


def _servers(run: Invocation, wanted: Sequence[str], pool: str | None) -> list[ManagedNode]:
    grid = run.app.grid
    servers = grid.servers(grid.find_pool(pool) if pool else None)
    if not wanted:
        return servers
    ids = {grid.find_server(name).id for name in wanted}
    return [server for server in servers if server.id in ids]


def _nothing(answers: Sequence[ServerAnswer]) -> str:
    if not answers:
        return "No servers. Add this machine: convirt server add NAME"
    silent = [answer for answer in answers if answer.error]
    if len(silent) == len(answers):
        return "No server answered."
    return "No VMs on the servers that answered." if silent else "No VMs."
