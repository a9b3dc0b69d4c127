"""`convirt demo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli.command import Command

if TYPE_CHECKING:
    from convirt_cli.invocation import Invocation

KEYS = {
    "vm": "the name it had",
    "token": "the random word its kernel was told",
    "marker": "what the guest said when it was up",
    "steps[]": "what was shown, in order",
}


@click.command("demo", cls=Command, keys=KEYS)
@click.pass_obj
def demo(run: Invocation) -> None:
    """Take a real VM through its whole life on this machine.

    It leaves nothing behind, whenever it is interrupted. Without systemd it starts libvirt's daemons itself.
    """
    from convirt_cli.demo.steps import Demo  # noqa: PLC0415  help needs none of it

    shown = Demo(run).show()
    run.answer({"vm": shown.vm, "token": shown.token, "marker": shown.marker, "steps": list(shown.steps)})
