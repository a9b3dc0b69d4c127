"""The arguments that name VMs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from convirt_cli import names
from convirt_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convirt_cli.invocation import Invocation
    from convirt_core.model import Capability, ManagedNode
    from convirt_core.services.listed import ListedVM

AT_ONCE = 4
"""VMs that one command works on at the same time."""

one_vm = click.argument("name", metavar="VM", shell_complete=names.vms)
some_vms = click.argument("wanted", metavar="VM...", nargs=-1, required=True, shell_complete=names.vms)
some_or_all_vms = click.argument("wanted", metavar="[VM...]", nargs=-1, shell_complete=names.vms)
all_of = click.option(
    "--all-of",
    "all_of",
    metavar="SERVER",
    shell_complete=names.servers,
    help="All VMs of this server to which it can be done now.",
)
server = click.option(
    "--server",
    "server_name",
    metavar="SERVER",
    shell_complete=names.servers,
    help="On this server (else the only one).",
)


def meant(
    run: Invocation, wanted: Sequence[str], all_of: str | None, capability: Capability
) -> Mapping[str, Callable[[], ListedVM]]:
    """Return how to find each VM that is meant: those that were named, or all of a server that allow it.

    A server's own domain (Xen's Domain-0) is not among all.

    :param all_of: what `--all-of` says
    :raises click.UsageError: neither was said, or both
    """
    if all_of is None:
        if not wanted:
            raise click.UsageError("No VM was named, nor all of a server with --all-of SERVER.")
        return {name: partial(run.app.vms.find, name) for name in wanted}
    if wanted:
        raise click.UsageError("There are names of VMs beside --all-of.")
    node = run.app.grid.find_server(all_of)
    found = run.app.vms.of_server(node, capability)
    if not found and not run.as_json:
        run.show(f"{node.name} has no VM to which this can be done now: {capability.words}.")
    return {vm.name: partial(_same, vm) for vm in found}


def _same(vm: ListedVM) -> ListedVM:
    return vm


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
