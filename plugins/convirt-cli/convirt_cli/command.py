"""What every command of ours is: a click command with `--json` and documented keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from convirt_cli.invocation import Invocation

Keys = Mapping[str, str]
"""Path of a JSON value → what it says. `[]` stands for each element of a list, `*` for any key of a map."""


class Command(click.Command):
    """A command that answers in JSON when asked.

    :param keys: of its answer; a test compares them with what it really answers, and they are documented
    """

    def __init__(self, *args: Any, keys: Keys, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = keys
        self.params.append(_json_option())

    def invoke(self, ctx: click.Context) -> Any:
        """Run the callback with standard output kept for its answer."""
        with ctx.ensure_object(Invocation).answering():
            return super().invoke(ctx)


class Group(click.Group):
    """A group whose commands are `Command`s."""

    command_class = Command
    group_class = type


def _json_option() -> click.Option:
    return click.Option(
        ["--json"], is_flag=True, expose_value=False, callback=_remember_json, help="Answer in JSON, for programs."
    )


def _remember_json(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    del parameter
    ctx.ensure_object(Invocation).as_json = value
