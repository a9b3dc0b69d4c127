"""The life of VMs: start, shutdown, reboot, reset, kill, pause, resume, autostart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import options, targets
from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import AT_ONCE, all_of, meant, some_or_all_vms
from convirt_core.model import Capability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.exit_codes import ExitCode
    from convirt_cli.invocation import Invocation


_LOSSES = frozenset({Capability.KILL, Capability.RESET})
"""What a guest had not written is lost: of all VMs of a server that is asked."""


def _operation(capability: Capability, summary: str) -> click.Command:
    """Make the command of one operation."""

    @click.command(capability.value, cls=Command, keys=targets.KEYS, help=summary)
    @some_or_all_vms
    @all_of
    @options.deadline
    @options.force
    @click.pass_obj
    def operate(
        run: Invocation,
        *,
        wanted: Sequence[str],
        all_of: str | None,
        deadline_seconds: float | None,
        force: bool,
        yes: bool = False,
    ) -> ExitCode:
        vms = meant(run, wanted, all_of, capability)
        if all_of and vms and capability in _LOSSES:
            options.confirm(f"{summary.split(';', maxsplit=1)[0].rstrip('.')}: {', '.join(vms)}?", yes=yes)

        def work(name: str) -> str:
            return run.app.lifecycle.run(capability, vms[name](), force=force, deadline_seconds=deadline_seconds)

        return targets.run_each(run, list(vms), work, at_once=AT_ONCE)

    return options.yes_to_all(operate) if capability in _LOSSES else operate


start = _operation(Capability.START, "Boot stopped VMs, or continue saved ones.")
shutdown = _operation(Capability.SHUTDOWN, "Ask the guests to power off.")
reboot = _operation(Capability.REBOOT, "Ask the guests to reboot.")
reset = _operation(Capability.RESET, "Push the reset button.")
kill = _operation(Capability.KILL, "Pull the plug; what a guest had not written is lost.")
pause = _operation(Capability.PAUSE, "Stop the processors; the VMs stay in memory.")
resume = _operation(Capability.RESUME, "Let paused VMs run on.")


@click.command("autostart", cls=Command, keys=targets.KEYS)
@some_or_all_vms
@all_of
@click.option("--on/--off", "enabled", default=True, help="Start them (the default), or not.")
@options.force
@click.pass_obj
def autostart(run: Invocation, *, wanted: Sequence[str], all_of: str | None, enabled: bool, force: bool) -> ExitCode:
    """Start VMs with their server, or not."""
    vms = meant(run, wanted, all_of, Capability.AUTOSTART)
    return targets.run_each(
        run, list(vms), lambda name: run.app.lifecycle.set_autostart(vms[name](), enabled, force=force)
    )
