"""How a server is reached and used: options of `server add` and `server edit`."""

from __future__ import annotations

import click

from convirt_cli.values import ASSIGNMENT

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
