"""The command `convirt` itself: a table of command groups, and the commands that plugins add."""

from __future__ import annotations

from pathlib import Path

import click

from convirt_cli import __version__, invocation
from convirt_cli.lazy import Lazy, LazyGroup
from convirt_core.errors import PluginError

_COMMANDS = "convirt_cli.commands"

TABLE = {
    "vm": Lazy(f"{_COMMANDS}.vm:vm", "Virtual machines: their life, definition, devices, snapshots, console."),
    "server": Lazy(f"{_COMMANDS}.server:server", "Servers: add, look at, check."),
    "pool": Lazy(f"{_COMMANDS}.pool:pool", "Pools of servers and their variables."),
    "image": Lazy(f"{_COMMANDS}.image:image", "Images that VMs are made from."),
    "group": Lazy(f"{_COMMANDS}.group:group", "Groups of images."),
    "provision": Lazy(f"{_COMMANDS}.provision:provision", "Make a VM from an image."),
    "stats": Lazy(f"{_COMMANDS}.stats:stats", "Processor, memory, network and disk use of servers and VMs."),
    "task": Lazy(f"{_COMMANDS}.task:task", "Long work: what runs, what ran, cancel."),
    "plugin": Lazy(f"{_COMMANDS}.plugin:plugin", "Platforms and extensions that are installed."),
    "ui": Lazy(f"{_COMMANDS}.ui:ui", "Start the graphical front end."),
    "demo": Lazy(f"{_COMMANDS}.demo:demo", "Take a real VM through its whole life on this machine."),
    "completion": Lazy(f"{_COMMANDS}.completion:completion", "Print the completion script of a shell."),
}
"""The commands of ConVirt itself, in the order of `convirt --help`."""


class Root(LazyGroup):
    """Knows its own commands from a table; looks an unknown name up among the plugins' commands."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command that was typed, ours or a plugin's.

        :raises PluginError: a plugin has this command and cannot be used
        """
        own = super().get_command(ctx, cmd_name)
        if own is not None or cmd_name.startswith("-") or ctx.resilient_parsing:
            return own
        plugins = invocation.of(ctx).plugins
        if cmd_name not in plugins.command_names():
            return None
        command = plugins.load_command(cmd_name)
        if not isinstance(command, click.Command):
            raise PluginError(f"The plugin commands:{cmd_name} is no click command.", plugin=f"commands:{cmd_name}")
        return command


@click.command(
    cls=Root,
    table=TABLE,
    name="convirt",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path), help="The configuration file (else CONVIRT_CONFIG)."
)
@click.option("-v", "--verbose", count=True, help="Log to standard error; twice: with details.")
@click.pass_context
def root(ctx: click.Context, config: Path | None, verbose: int) -> None:
    """One control for every hypervisor you own.

    Names may be shortened to a unique beginning; a VM is also SERVER/NAME. Every command has --json and --help.
    """
    del config
    invocation.of(ctx).verbosity = verbose
