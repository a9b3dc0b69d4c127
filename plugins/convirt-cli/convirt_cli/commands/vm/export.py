"""`convirt vm export`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

import click

from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import one_vm
from convirt_cli.values import text_of

if TYPE_CHECKING:
    from convirt_cli.invocation import Invocation

KEYS = {
    "vm": "the VM's name",
    "text": "the file; never a secret",
}


@click.command("export", cls=Command, keys=KEYS)
@one_vm
@click.option(
    "--like",
    type=click.File(encoding="utf-8"),
    help="The file until now: what it says beyond the definition stays (- is standard input).",
)
@click.pass_obj
def export(run: Invocation, name: str, like: TextIO | None) -> None:
    """Write the definition as a file for the hypervisor's own tools.

    For KVM it is libvirt's XML, for Xen a file of xl's. Passwords are left out.
    """
    before = text_of(like) if like else ""
    listed = run.app.vms.find(name)
    text = run.app.vms.export(listed.ref, before)
    run.answer_line({"vm": listed.name, "text": text}, text.removesuffix("\n"))
