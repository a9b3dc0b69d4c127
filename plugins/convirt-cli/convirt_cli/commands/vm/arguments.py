"""The arguments that name VMs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import names
from convirt_core.errors import InvalidInput

if TYPE_CHECKING:
    from convirt_cli.invocation import Invocation
    from convirt_core.model import ManagedNode

AT_ONCE = 4
"""VMs that one command works on at the same time."""

one_vm = click.argument("name", metavar="VM", shell_complete=names.vms)
some_vms = click.argument("wanted", metavar="VM...", nargs=-1, required=True, shell_complete=names.vms)
server = click.option(
    "--server",
    "server_name",
    metavar="SERVER",
    shell_complete=names.servers,
    help="On this server (else the only one).",
)


def server_of(run: Invocation, server_name: str | None) -> ManagedNode:
    """Return the server that `--server` names, or the only one there is.

    :raises InvalidInput: it was not said and there are several, or none
    """
    if server_name is not None:
        return run.app.grid.find_server(server_name)
    servers = run.app.grid.servers()
    if len(servers) == 1:
        return servers[0]
    if not servers:
        raise InvalidInput("There is no server yet.", remedy="Add this machine: convirt server add NAME.")
    known = ", ".join(server.name for server in servers)
    raise InvalidInput("There are several servers.", remedy=f"Say which one with --server: {known}.")
