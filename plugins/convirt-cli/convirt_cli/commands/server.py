"""`convirt server`: the machines that VMs run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import names, options, targets
from convirt_cli.answers import SEVERAL, Answer, answer_each
from convirt_cli.command import Group
from convirt_cli.commands.evacuation import evacuate
from convirt_cli.commands.server_add import add
from convirt_cli.commands.server_list import list_servers
from convirt_cli.commands.server_options import (
    host_keys,
    install_key,
    knowing_install_key,
    node_options,
    port,
    user,
)
from convirt_cli.node_form import node_options_of
from convirt_cli.removal import remove_each
from convirt_cli.shapes import findings, server_info, servers, under
from convirt_core.forms import NodeFormMode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.exit_codes import ExitCode
    from convirt_cli.invocation import Invocation
    from convirt_core.model import ManagedNode, ServerPool

one_server = click.argument("name", metavar="SERVER", shell_complete=names.servers)
some_servers = click.argument("wanted", metavar="SERVER...", nargs=-1, required=True, shell_complete=names.servers)
AT_ONCE = 8
"""Servers that one command asks at the same time."""


@click.group(cls=Group)
def server() -> None:
    """Servers: add, look at, check."""


server.add_command(list_servers)
server.add_command(add)
server.add_command(evacuate)


@server.command("info", keys={**server_info.KEYS, **SEVERAL})
@some_servers
@click.pass_obj
def info(run: Invocation, wanted: Sequence[str]) -> ExitCode:
    """Show what servers are: system, hardware, networks, hypervisor, what they can do."""
    return answer_each(run, wanted, lambda name: _info(run, name), at_once=AT_ONCE)


@server.command("check", keys={"server": "its name", **under("findings[]", findings.KEYS), **SEVERAL})
@some_servers
@click.pass_obj
def check(run: Invocation, wanted: Sequence[str]) -> ExitCode:
    """Check that servers have what their platforms need."""
    return answer_each(run, wanted, lambda name: _checked(run, name), at_once=AT_ONCE)


@server.command("connect", keys=targets.KEYS)
@some_servers
@host_keys
@install_key
@click.pass_obj
def connect(
    run: Invocation, *, wanted: Sequence[str], accept_new: bool, host_key: str | None, install_key: bool
) -> ExitCode:
    """Connect to servers, to see that they answer."""
    run.questions.expect(fingerprint=host_key, any_new=accept_new)

    def connected(name: str) -> str:
        node = run.app.grid.find_server(name)
        with knowing_install_key(install_key):
            run.app.grid.connect_server(node, host_key=host_key or "", install_key=install_key)
        return f"{node.name} is up."

    return targets.run_each(run, wanted, connected, at_once=AT_ONCE)


@server.command("edit", keys=under("server", servers.KEYS))
@one_server
@click.option("--name", "new_name", help="Its new name.")
@click.option("--address", help="Its new host name or address.")
@user
@port
@host_keys
@node_options
@click.option("--unset-option", "unset", metavar="KEY", multiple=True, help="Delete an option; may be repeated.")
@click.pass_obj
def edit(
    run: Invocation,
    *,
    name: str,
    new_name: str | None,
    address: str | None,
    user: str | None,
    port: int | None,
    accept_new: bool,
    host_key: str | None,
    assignments: Sequence[tuple[str, str]],
    unset: Sequence[str],
) -> None:
    """Change how a server is called, reached or used."""
    run.questions.expect(fingerprint=host_key, any_new=accept_new)
    grid = run.app.grid
    node = grid.find_server(name)
    values: dict[str, str | int | bool | None] = dict.fromkeys(unset)
    if assignments:
        values |= node_options_of(run, node.platform, NodeFormMode.EDIT, assignments)
    edited = grid.edit_server(
        node,
        name=new_name,
        address=address,
        user=user,
        ssh_port=port,
        options=values or None,
        host_key=host_key or "",
    )
    run.answer({"server": servers.as_data(edited, grid.pools())}, servers.facts(edited, grid.pools()))


@server.command("move", keys=targets.KEYS)
@some_servers
@click.option("--pool", "pool_name", metavar="POOL", shell_complete=names.pools, help="To this pool.")
@click.option("--no-pool", "ungrouped", is_flag=True, help="Out of its pool.")
@click.pass_obj
def move(run: Invocation, wanted: Sequence[str], pool_name: str | None, ungrouped: bool) -> ExitCode:
    """Move servers to another pool, or out of theirs."""
    if (pool_name is None) is not ungrouped:
        raise click.UsageError("Say either --pool POOL or --no-pool.")
    pool = run.app.grid.find_pool(pool_name) if pool_name else None
    return targets.run_each(run, wanted, lambda name: _moved(run, name, pool))


@server.command("remove", keys=targets.KEYS)
@some_servers
@options.yes
@click.option("--force", is_flag=True, help="Although VMs run on it, or it does not answer.")
@click.pass_obj
def remove(run: Invocation, wanted: Sequence[str], yes: bool, force: bool) -> ExitCode:
    """Take servers out of the inventory; their VMs stay as they are.

    What is recorded of managed VMs, such as their notes and image, is forgotten: the question names them.
    """
    grid, question = run.app.grid, "Remove {} from the inventory?"

    def removed(node: ManagedNode) -> str:
        lost = _managed(run, node)
        grid.remove_server(node, force=force)
        return f"Removed the server {node.name}" + (f"; {lost} stayed on it, unmanaged." if lost else ".")

    def said(node: ManagedNode) -> str:
        lost = _managed(run, node)
        return f"{node.name} and what is recorded of {lost}" if lost else node.name

    return remove_each(
        run, wanted, grid.find_server, removed, lambda one: [one.name], question=question, yes=yes, said=said
    )


def _managed(run: Invocation, node: ManagedNode) -> str:
    """Return the names of a server's managed VMs in words, or nothing if it has none."""
    found = [record.name for record in run.app.grid.vm_records(node)]
    return f"its VM{'s' if len(found) > 1 else ''} {', '.join(found)}" if found else ""


def _info(run: Invocation, name: str) -> Answer:
    grid = run.app.grid
    found = grid.server_info(grid.find_server(name))
    return Answer(server_info.as_data(found, grid.pools()), server_info.parts(found), server_info.exit_code(found))


def _checked(run: Invocation, name: str) -> Answer:
    node = run.app.grid.find_server(name)
    found = run.app.grid.check_server(node)
    data = {"server": node.name, "findings": [findings.as_data(finding) for finding in found]}
    shown = findings.table(found) if found else f"Nothing was found on {node.name}."
    return Answer(data, [shown], findings.exit_code(found))


def _moved(run: Invocation, name: str, pool: ServerPool | None) -> str:
    moved = run.app.grid.move_server(run.app.grid.find_server(name), pool)
    return f"{moved.name} is now in the pool {pool.name}." if pool else f"{moved.name} is now in no pool."
