"""`convirt vm screen`."""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import click

from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import one_vm
from convirt_cli.options import Seconds

if TYPE_CHECKING:
    from convirt_cli.invocation import Invocation

KEYS = {
    "vm": "the VM's name",
    "protocol": "`vnc` or `spice`",
    "socket": "path of the UNIX socket on this machine at which a viewer finds it, while the command runs",
    "needs_password": "whether the viewer is asked for one",
}


@click.command("screen", cls=Command, keys=KEYS)
@one_vm
@click.option(
    "--timeout",
    "timeout_seconds",
    type=Seconds(min=0, min_open=True),
    metavar="SECONDS",
    help="End after so long.",
)
@click.pass_obj
def screen(run: Invocation, name: str, timeout_seconds: float | None) -> None:
    """Make the screen reachable for a viewer on this machine, until Ctrl-C.

    The screen is at a socket that only you can open, such as for 'vncviewer SOCKET'. It goes over the connection with
    the server, of which no port needs to be open for it.
    """
    listed = run.app.vms.find(name)
    served, forwarded = run.app.lifecycle.open_screen(listed)
    with closing(forwarded):
        data = {
            "vm": listed.name,
            "protocol": served.protocol,
            "socket": forwarded.path,
            "needs_password": served.needs_password,
        }
        run.answer(data, f"The screen of {listed.name} ({served.protocol}) is at {forwarded.path} until Ctrl-C.")
        with suppress(KeyboardInterrupt):
            threading.Event().wait(timeout_seconds)
