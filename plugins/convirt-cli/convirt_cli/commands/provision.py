"""`convirt provision`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from convirt_cli import names, options
from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import server, server_of
from convirt_cli.progress import showing_progress
from convirt_cli.shapes import placement, under
from convirt_cli.values import ASSIGNMENT, MEMORY
from convirt_cli.vm_values import read_values
from convirt_core.services.provisioning import ProvisionRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convirt_cli.invocation import Invocation
    from convirt_core.model import ManagedNode
    from convirt_core.services.provisioning.placement import Placement

KEYS = {
    "vm": "the new VM's name",
    "key": "the platform's key of it",
    "server": "name of its server",
    "image": "name of its image",
    "started": "whether it was started",
    "placement": "how its server was chosen; null unless a pool was named",
    **under("placement", placement.KEYS),
}


@click.command("provision", cls=Command, keys=KEYS)
@click.argument("image", shell_complete=names.images)
@click.argument("name")
@server
@click.option(
    "--pool",
    "pool_name",
    metavar="POOL",
    shell_complete=names.pools,
    help="On the server of this pool that has the least to do; says why.",
)
@click.option("--memory", type=MEMORY, help="In MiB, or as 1G; else as the image says.")
@click.option("--vcpus", type=click.IntRange(min=1), help="Else as the image says.")
@click.option(
    "--set",
    "assignments",
    metavar="KEY=VALUE",
    type=ASSIGNMENT,
    multiple=True,
    help="A key of the VM's definition, such as extra='console=ttyS0' or vncpasswd=- (asks); may be repeated.",
)
@click.option(
    "--setting",
    "settings",
    metavar="KEY=VALUE",
    type=ASSIGNMENT,
    multiple=True,
    help="A key of the image's image.conf; may be repeated.",
)
@click.option("--copy", is_flag=True, help="Give it whole copies of the image's disks, not overlays on them.")
@click.option("--start/--no-start", default=True, help="Boot it when it is made (the default), or not.")
@options.force
@click.pass_obj
def provision(
    run: Invocation,
    *,
    image: str,
    name: str,
    server_name: str | None,
    pool_name: str | None,
    memory: int | None,
    vcpus: int | None,
    assignments: Sequence[tuple[str, str]],
    settings: Sequence[tuple[str, str]],
    copy: bool,
    start: bool,
    force: bool,
) -> None:
    """Make a VM from an image.

    It is made on the server that is named, or on the best one of a pool. A failure or Ctrl-C leaves nothing of it.
    """
    sizes = {key: size for key, size in (("memory", memory), ("vcpus", vcpus)) if size is not None}
    on = partial(
        ProvisionRequest,
        run.app.images.find(image),
        name=name,
        values={**read_values(assignments), **sizes},
        settings=dict(settings),
        copy=copy,
        start=start,
        force=force,
        origins={**{key: f"--set {key}" for key, _ in assignments}, **{key: f"--{key}" for key in sizes}},
    )
    placed = _placed(run, server_name, pool_name, on)
    request = on(placed.server if placed else server_of(run, server_name))
    with showing_progress(run):
        ref = run.app.provisioning.provision(request)
    data = {
        "vm": name,
        "key": ref.key,
        "server": request.server.name,
        "image": request.image.name,
        "started": start,
        "placement": placement.as_data(placed) if placed else None,
    }
    run.answer(data, f"{name} is {'running' if start else 'ready'} on {request.server.name}.")


def _placed(
    run: Invocation, server_name: str | None, pool_name: str | None, on: Callable[[ManagedNode], ProvisionRequest]
) -> Placement | None:
    """Choose a server of the pool that was named, and say why; None: a server is named, or there is only one."""
    if pool_name is None:
        return None
    if server_name is not None:
        raise click.UsageError("Say either --server SERVER or --pool POOL.")
    placed = run.app.provisioning.place(run.app.grid.find_pool(pool_name), on)
    run.show(placement.table(placed), placed.reason)
    return placed
