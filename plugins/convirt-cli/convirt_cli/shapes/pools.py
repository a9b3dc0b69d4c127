"""Pools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_cli.parts import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.model import ManagedNode, ServerPool

KEYS = {
    "id": "stable for the pool's whole life",
    "name": "as people type it",
    "variables.*": "overrides an image's setting for VMs that are provisioned here",
    "servers[]": "names of its servers",
}


def as_data(pool: ServerPool, servers: Sequence[ManagedNode]) -> dict[str, object]:
    """Return what `KEYS` says. `servers` may hold those of other pools."""
    return {
        "id": pool.id,
        "name": pool.name,
        "variables": dict(pool.variables),
        "servers": [server.name for server in servers if server.pool == pool.id],
    }


def table(pools: Sequence[ServerPool], servers: Sequence[ManagedNode]) -> Table:
    """Return pools as rows."""
    return Table(
        ("pool", "servers", "variables"),
        [
            (
                pool.name,
                ", ".join(server.name for server in servers if server.pool == pool.id) or None,
                ", ".join(f"{key}={value}" for key, value in pool.variables.items()) or None,
            )
            for pool in pools
        ],
    )
