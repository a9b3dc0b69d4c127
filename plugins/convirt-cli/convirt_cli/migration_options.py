"""How VMs are to move: the options that `vm migrate` and `server evacuate` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from convirt_cli.values import RATE

if TYPE_CHECKING:
    from convirt_core.model import MigrationOptions

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--copy-storage", is_flag=True, help="Copy the disks that the other server does not reach."),
    click.option("--keep-disks", "keep_source_disks", is_flag=True, help="Leave disks here after they were copied."),
    click.option(
        "--direct", is_flag=True, help="Lead the migration from this machine; else the servers do it among themselves."
    ),
    click.option(
        "--bandwidth", "bandwidth_bytes_per_second", type=RATE, default=0, help="At most so much a second: 50M, 1G."
    ),
    click.option(
        "--max-downtime",
        "max_downtime_milliseconds",
        type=click.IntRange(min=1),
        default=None,
        metavar="MILLISECONDS",
        help="How long a VM may stand still at the end.",
    ),
    click.option("--compress", is_flag=True, help="Send memory compressed."),
    click.option("--auto-converge", is_flag=True, help="Slow a VM down that changes its memory too quickly."),
    click.option(
        "--post-copy", is_flag=True, help="Let it run there before all its memory is there; a cut then loses it."
    ),
)


def migration_options(command: F) -> F:
    """Add them; the command takes them as keyword arguments for `chosen`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen(*, live: bool, max_downtime_milliseconds: int | None, **values: Any) -> MigrationOptions:
    """Return them as the services take them."""
    from convirt_core.model import MigrationOptions  # noqa: PLC0415  `--help` must not pay for it

    return MigrationOptions(live=live, max_downtime_milliseconds=max_downtime_milliseconds or 0, **values)
