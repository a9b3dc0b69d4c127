"""`convirt vm console`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from convirt_cli import terminal
from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import one_vm
from convirt_cli.options import Seconds
from convirt_cli.relay import Ended, Relay

if TYPE_CHECKING:
    from convirt_cli.invocation import Invocation
    from convirt_core.platforms import SerialConsole

KEYS = {
    "vm": "the VM's name",
    "ended": "`console` (the VM's side ended), `input` (standard input did) or `timeout`",
    "output": "what the guest said meanwhile; undecodable bytes replaced",
}


@click.command("console", cls=Command, keys=KEYS)
@one_vm
@click.option("--force", is_flag=True, help="Throw out whoever has it open.")
@click.option(
    "--timeout",
    "timeout_seconds",
    type=Seconds(min=0, min_open=True),
    metavar="SECONDS",
    help="Leave after so long.",
)
@click.pass_obj
def console(run: Invocation, name: str, force: bool, timeout_seconds: float | None) -> None:
    """Open the serial console; Ctrl-] leaves.

    It follows the VM to other servers.

    Without a terminal it passes standard input and output through, until the input ends or, with --timeout, for so
    long.
    """
    listed = run.app.vms.find(name)
    line = run.app.lifecycle.open_console(listed, force=force)
    try:
        if run.as_json:
            _collect(run, line, listed.name, timeout_seconds)
        elif terminal.is_interactive():
            _talk(run, line, listed.name, timeout_seconds)
        else:
            _relay(run, line, timeout_seconds).run(timeout_seconds=timeout_seconds)
    finally:
        line.close()


def _talk(run: Invocation, line: SerialConsole, name: str, timeout_seconds: float | None) -> None:
    run.note(f"Connected to {name}. Ctrl-] leaves.")
    relay = Relay(line, run.write_bytes, source=sys.stdin.fileno(), escape=True)
    with terminal.raw(sys.stdin.fileno()):
        ended = relay.run(timeout_seconds=timeout_seconds)
    run.note("\nThe VM's side ended." if ended is Ended.CONSOLE else f"\nLeft {name}.")


def _relay(run: Invocation, line: SerialConsole, timeout_seconds: float | None) -> Relay:
    return Relay(line, run.write_bytes, source=sys.stdin.fileno(), until_input_ends=timeout_seconds is None)


def _collect(run: Invocation, line: SerialConsole, name: str, timeout_seconds: float | None) -> None:
    said = bytearray()
    relay = Relay(line, said.extend, source=sys.stdin.fileno(), until_input_ends=timeout_seconds is None)
    ended = relay.run(timeout_seconds=timeout_seconds)
    run.answer({"vm": name, "ended": ended.value, "output": said.decode(errors="replace")})
