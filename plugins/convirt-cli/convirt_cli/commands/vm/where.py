"""Which side of a VM a change is for: `--live`, `--stored`, `--both`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from convirt_core.model import Where

if TYPE_CHECKING:
    from convirt_core.platforms import VM

F = TypeVar("F", bound=Callable[..., Any])

_CHOICES = (
    (Where.STORED, "Change the definition: from the next start on."),
    (Where.LIVE, "Change the running VM: until it stops."),
    (Where.BOTH, "Change both."),
)


def options(command: F) -> F:
    """Add the three flags; the last one given counts. The command's parameter is `where`, None: not said."""
    for where, explanation in reversed(_CHOICES):
        command = click.option(f"--{where.value}", "where", flag_value=where.value, help=explanation)(command)
    return command


def chosen(where: str | None, vm: VM) -> Where:
    """Return what was said, else both sides that the VM has."""
    if where is not None:
        return Where(where)
    if not vm.state.is_resident:
        return Where.STORED
    return Where.BOTH if vm.persistent else Where.LIVE
