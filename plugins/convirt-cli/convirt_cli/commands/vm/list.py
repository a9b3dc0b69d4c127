"""`convirt vm list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import names
from convirt_cli.command import Command
from convirt_cli.exit_codes import ExitCode, exit_code_of_all
from convirt_cli.shapes import under, vms
from convirt_core.model import VMState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.invocation import Invocation
    from convirt_core.model import ManagedNode
    from convirt_core.services.vms import ServerAnswer

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
@click.pass_obj
def list_vms(run: Invocation, servers: Sequence[str], pool: str | None, state: str | None) -> ExitCode:
    """List VMs of all servers, managed or not."""
    asked = _servers(run, servers, pool) if servers or pool else None
    answers = sorted(run.app.vms.list(asked), key=lambda answer: answer.node.name)
    found = [vm for answer in answers for vm in answer.vms if state in {None, vm.vm.state.value}]
    found.sort(key=lambda vm: (vm.name, vm.server.name))
    data = {
        "vms": [vms.as_data(vm) for vm in found],
        "servers": [vms.answer_as_data(answer) for answer in answers],
    }
    run.answer(data, vms.table(found) if found else _nothing(answers))
    for answer in answers:
        if answer.error is not None:
            age = f" Shown as {answer.age_seconds:.0f} s ago." if answer.vms else ""
            run.note(f"{answer.node.name}: {answer.error.message}{age}")
    return exit_code_of_all([answer.error for answer in answers])


def _servers(run: Invocation, wanted: Sequence[str], pool: str | None) -> list[ManagedNode]:
    grid = run.app.grid
    servers = grid.servers(grid.find_pool(pool) if pool else None)
    if not wanted:
        return servers
    ids = {grid.find_server(name).id for name in wanted}
    return [server for server in servers if server.id in ids]


def _nothing(answers: Sequence[ServerAnswer]) -> str:
    return "No VMs." if answers else "No servers. Add this machine: convirt server add NAME"
