"""`convirt vm create`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

import click

from convirt_cli import options
from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import server, server_of
from convirt_cli.values import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_cli.invocation import Invocation

KEYS = {"vm": "the new VM's name", "key": "the platform's key of it", "server": "name of its server"}


@click.command("create", cls=Command, keys=KEYS)
@click.argument("file", type=click.File(encoding="utf-8"))
@server
@click.option("--name", "new_name", help="Its name (else the one in the file); only of a python-config file.")
@options.force
@click.pass_obj
def create(run: Invocation, file: TextIO, server_name: str | None, new_name: str | None, force: bool) -> None:
    """Define a VM from a file.

    FILE (- is standard input) is a python-config file such as Xen's (name = 'web', memory = 512, …), or the
    hypervisor's own definition, which begins with '<'.
    """
    node = server_of(run, server_name)
    text = text_of(file)
    if text.lstrip().startswith("<"):
        if new_name:
            raise click.UsageError("--name is for a python-config file; write the name into the definition.")
        ref = run.app.lifecycle.define(node, text=text, origin=file.name, force=force)
    else:
        ref = run.app.lifecycle.define(node, values=_values(text, file.name, new_name), origin=file.name, force=force)
    name = run.app.vms.find(ref.key).name
    run.answer({"vm": name, "key": ref.key, "server": node.name}, f"Defined {name} on {node.name}.")


def _values(text: str, origin: str, new_name: str | None) -> Mapping[str, object]:
    from convirt_core.config import ConfigDocument  # noqa: PLC0415  not needed for a native definition

    document = ConfigDocument.parse(text, source=origin)
    return {**document, "name": new_name} if new_name else document
