"""How a server is reached and used: options of `server add` and `server edit`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from convirt_cli.values import ASSIGNMENT
from convirt_core.errors import ConvirtError
from convirt_core.remote.questions import INSTALL_KEY

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
install_key = click.option(
    "--install-key", is_flag=True, help="Put your public key on the server, so that it asks no password."
)


@contextmanager
def knowing_install_key(installs: bool) -> Iterator[None]:
    """Leave out of remedies what was done already: to say `--install-key`."""
    try:
        yield
    except ConvirtError as error:
        if installs:
            error.remedy = error.remedy.replace(INSTALL_KEY, "")
        raise


def host_keys(command: F) -> F:
    """Add what a script says of the keys of servers; given to `TerminalQuestions.expect` and `GridManager`."""
    fingerprint = click.option(
        "--host-key", metavar="SHA256:...", help="The fingerprint that the server's host key must have."
    )
    any_new = click.option("--accept-new", is_flag=True, help="Take the host key of a server that is new to us unseen.")
    return any_new(fingerprint(command))
