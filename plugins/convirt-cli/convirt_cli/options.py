"""Options that mean the same in every command."""

from __future__ import annotations

import sys

import click

from convirt_core.errors import InvalidInput


class Seconds(click.FloatRange):
    """An option's number of seconds, called so when it is none."""

    name = "number of seconds"


force = click.option("--force", is_flag=True, help="Do it although checks stand against it.")
deadline = click.option(
    "--deadline",
    "deadline_seconds",
    type=Seconds(min=0, min_open=True),
    metavar="SECONDS",
    help="Wait so long until it is seen done.",
)
answer_within = click.option(
    "--deadline",
    "deadline_seconds",
    type=Seconds(min=0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="Wait so long for the answer of a server.",
)
max_age = click.option(
    "--max-age",
    "max_age_seconds",
    type=Seconds(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Take the answer to an earlier command with --max-age that is not older; ask only the other servers.",
)
yes_to_all = click.option("--yes", "-y", is_flag=True, help="Do not ask, where it is to be done to all of a server.")
yes = click.option("--yes", "-y", is_flag=True, help="Do not ask; names must then be whole.")


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something is lost; go on only after a yes.

    :param yes: of `--yes`: it was said on the command line
    :raises InvalidInput: nobody can be asked, for standard input is no terminal
    :raises click.Abort: the answer was no
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidInput(f"{question} Nobody is here to answer.", remedy="Say it with --yes.")
    click.confirm(question, abort=True, err=True)
