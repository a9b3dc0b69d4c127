"""`convirt completion`."""

from __future__ import annotations

import click

from convirt_cli.command import Command
from convirt_cli.invocation import Invocation

_SHELLS = ("bash", "zsh", "fish")


@click.command("completion", cls=Command, keys={"shell": "as it was asked", "script": "for it to source"})
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    For bash, put this into ~/.bashrc: eval "$(convirt completion bash)"
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415  no other command needs it

    run = ctx.ensure_object(Invocation)
    maker = get_completion_class(shell)
    assert maker is not None, "click knows all three"
    script = maker(ctx.find_root().command, {}, "convirt", "_CONVIRT_COMPLETE").source()
    run.answer({"shell": shell, "script": script}, script)
