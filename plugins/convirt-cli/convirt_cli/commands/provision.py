"""`convirt provision`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import names, options
from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import server, server_of
from convirt_cli.progress import showing_progress
from convirt_cli.values import ASSIGNMENT, MEMORY
from convirt_cli.vm_values import read_values
from convirt_core.services.provisioning import ProvisionRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.invocation import Invocation

KEYS = {
    "vm": "the new VM's name",
    "key": "the platform's key of it",
    "server": "name of its server",
    "image": "name of its image",
    "started": "whether it was started",
}


@click.command("provision", cls=Command, keys=KEYS)
@click.argument("image", shell_complete=names.images)
@click.argument("name")
@server
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
    memory: int | None,
    vcpus: int | None,
    assignments: Sequence[tuple[str, str]],
    settings: Sequence[tuple[str, str]],
    copy: bool,
    start: bool,
    force: bool,
) -> None:
    """Make a VM from an image.

    A failure or Ctrl-C leaves nothing of it.
    """
    sizes = {key: size for key, size in (("memory", memory), ("vcpus", vcpus)) if size is not None}
    request = ProvisionRequest(
        image=run.app.images.find(image),
        server=server_of(run, server_name),
        name=name,
        values={**read_values(assignments), **sizes},
        settings=dict(settings),
        copy=copy,
        start=start,
        force=force,
        origins={**{key: f"--set {key}" for key, _ in assignments}, **{key: f"--{key}" for key in sizes}},
    )
    with showing_progress(run):
        ref = run.app.provisioning.provision(request)
    data = {"vm": name, "key": ref.key, "server": request.server.name, "image": request.image.name, "started": start}
    run.answer(data, f"{name} is {'running' if start else 'ready'} on {request.server.name}.")
