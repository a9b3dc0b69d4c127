"""How a server is reached and used: options of `server add` and `server edit`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from convirt_cli.values import ASSIGNMENT

F = TypeVar("F", bound=Callable[..., Any])

user = click.option("--user", help="Log in as this user (else as the ssh configuration says).")
port = click.option("--port", type=click.IntRange(0, 65535), help="Port of its sshd; 0: as the ssh configuration says.")
node_options = click.option(
    "--option",
    "assignments",
    metavar="KEY=VALUE",
    type=ASSIGNMENT,
    multiple=True,
    help="An option of the platform (see 'convirt plugin show'); may be repeated.",
)


def host_keys(command: F) -> F:
    """Add what a script says of servers that are new to us; given to `TerminalQuestions.expect`."""
    fingerprint = click.option(
        "--host-key", metavar="SHA256:...", help="The fingerprint of the host key that a new server must have."
    )
    any_new = click.option("--accept-new", is_flag=True, help="Take the host key of a server that is new to us unseen.")
    return any_new(fingerprint(command))
