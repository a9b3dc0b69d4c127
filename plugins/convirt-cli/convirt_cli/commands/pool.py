"""`convirt pool`: sets of servers, and the variables that their VMs are provisioned with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import names, options, targets
from convirt_cli.command import Group
from convirt_cli.removal import remove_each
from convirt_cli.shapes import pools, under
from convirt_cli.values import ASSIGNMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.exit_codes import ExitCode
    from convirt_cli.invocation import Invocation
    from convirt_core.model import ServerPool

one_pool = click.argument("name", metavar="POOL", shell_complete=names.pools)
some_pools = click.argument("wanted", metavar="POOL...", nargs=-1, required=True, shell_complete=names.pools)


@click.group(cls=Group)
def pool() -> None:
    """Pools of servers and their variables."""


@pool.command("list", keys=under("pools[]", pools.KEYS))
@click.pass_obj
def list_pools(run: Invocation) -> None:
    """List the pools."""
    found, servers = run.app.grid.pools(), run.app.grid.servers()
    data = {"pools": [pools.as_data(pool, servers) for pool in found]}
    run.answer(data, pools.table(found, servers) if found else "No pools. Add one: convirt pool add NAME")


@pool.command("add", keys=targets.KEYS)
@click.argument("wanted", metavar="NAME...", nargs=-1, required=True)
@click.pass_obj
def add(run: Invocation, wanted: Sequence[str]) -> ExitCode:
    """Add empty pools."""
    return targets.run_each(run, wanted, lambda name: f"Added the pool {run.app.grid.add_pool(name).name}.")


@pool.command("rename", keys=under("pool", pools.KEYS))
@one_pool
@click.argument("new_name", metavar="NEW-NAME")
@click.pass_obj
def rename(run: Invocation, name: str, new_name: str) -> None:
    """Give a pool another name."""
    grid = run.app.grid
    old = grid.find_pool(name)
    renamed = grid.rename_pool(old, new_name)
    run.answer({"pool": pools.as_data(renamed, grid.servers())}, f"The pool {old.name} is now {renamed.name}.")


@pool.command("set", keys=under("pool", pools.KEYS))
@one_pool
@click.argument("variables", metavar="[KEY=VALUE]...", type=ASSIGNMENT, nargs=-1)
@click.option("--unset", "unset", metavar="KEY", multiple=True, help="Delete this variable; may be repeated.")
@click.pass_obj
def set_variables(run: Invocation, name: str, variables: Sequence[tuple[str, str]], unset: Sequence[str]) -> None:
    """Set variables, such as VM_DISKS_DIR: they override an image's settings for VMs provisioned here."""
    if not variables and not unset:
        raise click.UsageError("Say what to change: KEY=VALUE or --unset.")
    grid = run.app.grid
    changed = grid.set_pool_variables(grid.find_pool(name), {**dict.fromkeys(unset), **dict(variables)})
    run.answer({"pool": pools.as_data(changed, grid.servers())}, pools.table([changed], grid.servers()))


@pool.command("remove", keys=targets.KEYS)
@some_pools
@options.yes
@click.pass_obj
def remove(run: Invocation, wanted: Sequence[str], yes: bool) -> ExitCode:
    """Remove empty pools."""
    grid = run.app.grid

    def removed(found: ServerPool) -> str:
        grid.remove_pool(found)
        return f"Removed the pool {found.name}."

    return remove_each(run, wanted, grid.find_pool, removed, lambda one: [one.name], question="Remove {}?", yes=yes)
