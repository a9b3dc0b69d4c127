"""`convirt stats`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from convirt_cli import failure, names
from convirt_cli.command import Command
from convirt_cli.exit_codes import ExitCode, exit_code_of_all
from convirt_cli.options import Seconds
from convirt_cli.shapes import metrics, under

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.invocation import Invocation


@click.command(
    "stats", cls=Command, keys={**under("servers[]", metrics.SERVER_KEYS), **under("vms[]", metrics.VM_KEYS)}
)
@click.argument("wanted", metavar="[SERVER]...", nargs=-1, shell_complete=names.servers)
@click.option(
    "--interval",
    "interval_seconds",
    type=Seconds(min=0),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="Between two looks, for rates; 0: one look, no rates.",
)
@click.pass_obj
def stats(run: Invocation, wanted: Sequence[str], interval_seconds: float) -> ExitCode:
    """Processor, memory, network and disk use of servers and VMs."""
    servers = [run.app.grid.find_server(name) for name in wanted] or None
    answers = sorted(
        run.app.metrics.fleet(servers, interval_seconds=interval_seconds), key=lambda answer: answer.node.name
    )
    vms = [(answer.node.name, vm) for answer in answers if answer.snapshot for vm in answer.snapshot.vms]
    vms.sort(key=lambda row: (row[1].name, row[0]))
    data = {
        "servers": [metrics.server_as_data(answer) for answer in answers],
        "vms": [metrics.vm_as_data(vm, server) for server, vm in vms],
    }
    run.answer(data, metrics.server_table(answers), "", metrics.vm_table(vms))
    for answer in answers:
        if answer.error is not None:
            failure.tell(answer.error, sys.stderr, target=answer.node.name)
    return exit_code_of_all([answer.error for answer in answers])
