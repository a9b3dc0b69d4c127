"""What a shell offers for the names of pools, servers, VMs, images.

Never prints: a completion that fails offers nothing.
"""

from __future__ import annotations

import contextlib
import io
from contextlib import redirect_stderr
from typing import TYPE_CHECKING

from convirt_cli import invocation
from convirt_core.errors import ConvirtError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click

_MOST = 1000
"""Names that a completion offers at most."""


def _offering(names: Callable[[invocation.Invocation], Iterable[str]]) -> Callable[..., list[str]]:
    """Make a click `shell_complete` of a function that lists names."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        del parameter
        found: list[str] = []
        with contextlib.suppress(ConvirtError, OSError), redirect_stderr(io.StringIO()):
            found.extend(name for name in names(invocation.of(ctx)) if name.startswith(incomplete))
        return sorted(found)[:_MOST]

    return complete


def _vms(run: invocation.Invocation) -> Iterable[str]:
    return [vm.name for answer in run.app.vms.list() for vm in answer.vms]


pools = _offering(lambda run: (pool.name for pool in run.app.grid.pools()))
servers = _offering(lambda run: (server.name for server in run.app.grid.servers()))
vms = _offering(_vms)
images = _offering(lambda run: (image.name for image in run.app.images.images()))
groups = _offering(lambda run: (group.name for group in run.app.images.groups()))
tasks = _offering(lambda run: (task.id for task in run.app.tasks.list()))
plugins = _offering(lambda run: (status.id for status in run.plugins.list()))
