"""`convirt ui`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli.command import Command
from convirt_core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.invocation import Invocation

KEYS = {"front_end": "name of the one that ran", "exit_code": "how it ended"}


@click.command("ui", cls=Command, keys=KEYS, context_settings={"ignore_unknown_options": True})
@click.option("--front-end", "name", metavar="NAME", help="Which one, where several are installed.")
@click.argument("arguments", metavar="[ARGUMENTS]...", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def ui(run: Invocation, name: str | None, arguments: Sequence[str]) -> int:
    """Start the graphical front end.

    ARGUMENTS are passed to it.
    """
    chosen = _chosen(run, name)
    front_end = run.plugins.load_front_end(chosen)
    code = front_end.run(run.another_application, list(arguments))
    run.answer({"front_end": chosen, "exit_code": code})
    return code


def _chosen(run: Invocation, name: str | None) -> str:
    installed = run.plugins.front_end_names()
    if not installed:
        raise NotFound("No front end is installed.", remedy="Install one: pip install convirt-ui-tk.")
    if name is None and len(installed) > 1:
        raise NotFound(f"Several front ends are installed: {', '.join(installed)}.", remedy="Say --front-end NAME.")
    return name or installed[0]
