"""`convirt server add`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from convirt_cli import names
from convirt_cli.command import Command
from convirt_cli.commands.server_options import (
    host_keys,
    install_key,
    knowing_install_key,
    node_options,
    port,
    user,
)
from convirt_cli.node_form import node_options_of
from convirt_cli.shapes import servers, under
from convirt_core.errors import ConvirtError, NotFound
from convirt_core.forms import NodeFormMode
from convirt_core.model import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convirt_cli.invocation import Invocation


@click.command("add", cls=Command, keys=under("server", servers.KEYS))
@click.argument("name", metavar="NAME")
@click.option("--address", default=LOCAL, show_default=True, help="Host name or address; local: this machine.")
@click.option("--platform", help="Such as kvm; else the one that is detected.")
@click.option("--pool", "pool_name", metavar="POOL", shell_complete=names.pools, help="Add it to this pool.")
@user
@port
@host_keys
@install_key
@node_options
@click.pass_obj
def add(
    run: Invocation,
    *,
    name: str,
    address: str,
    platform: str | None,
    pool_name: str | None,
    user: str | None,
    port: int | None,
    accept_new: bool,
    host_key: str | None,
    install_key: bool,
    assignments: Sequence[tuple[str, str]],
) -> None:
    """Connect to a server and add it to the inventory.

    A server elsewhere is reached over ssh, as ~/.ssh/config says. The key of one that is new is shown to you; a
    script says --host-key, or --accept-new.
    """
    run.questions.expect(fingerprint=host_key, any_new=accept_new)
    grid = run.app.grid
    pool = grid.find_pool(pool_name) if pool_name else None
    with _naming_own_options(), knowing_install_key(install_key):
        if assignments and platform is None:
            platform = _detected(run, address, user or "", port or 0, host_key or "")
        added = grid.add_server(
            name,
            address=address,
            platform=platform,
            pool=pool,
            user=user or "",
            ssh_port=port or 0,
            options=node_options_of(run, platform, NodeFormMode.ADD, assignments) if platform else {},
            host_key=host_key or "",
            install_key=install_key,
        )
    data = {"server": servers.as_data(added, grid.pools())}
    run.answer(data, f"Added the server {added.name} with the platform {added.platform}.")


@contextmanager
def _naming_own_options() -> Iterator[None]:
    """Have remedies name our options in place of those of `server edit`: there is no server to edit yet."""
    try:
        yield
    except ConvirtError as error:
        error.remedy = error.remedy.replace("convirt server edit --", "convirt server add … --")
        error.remedy = error.remedy.replace("convirt server connect … --", "convirt server add … --")
        raise


def _detected(run: Invocation, address: str, user: str, port: int, host_key: str) -> str:
    found = run.app.grid.detect(address, user=user, ssh_port=port, host_key=host_key)
    if not found:
        raise NotFound(f"No platform was found on {address}.", remedy="Name it with --platform.")
    return found[0][0]
