"""Servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_cli.parts import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.model import ManagedNode, ServerPool

KEYS = {
    "id": "stable for the server's whole life",
    "name": "as people type it",
    "platform": "such as `kvm`",
    "address": "host name or address; `local` for this machine",
    "user": "to log in as; empty: as the ssh configuration says",
    "ssh_port": "0: as the ssh configuration says",
    "pool": "name of its pool, or null",
    "host_uuid": "the machine's own; empty until it was read",
    "options.*": "the platform's options (`server edit --option`)",
}


def as_data(server: ManagedNode, pools: Sequence[ServerPool]) -> dict[str, object]:
    """Return what `KEYS` says."""
    return {
        "id": server.id,
        "name": server.name,
        "platform": server.platform,
        "address": server.address,
        "user": server.user,
        "ssh_port": server.ssh_port,
        "pool": pool_name(server, pools),
        "host_uuid": server.host_uuid,
        "options": dict(server.options),
    }


def table(servers: Sequence[ManagedNode], pools: Sequence[ServerPool]) -> Table:
    """Return servers as rows."""
    rows = [(server.name, pool_name(server, pools), server.platform, server.address) for server in servers]
    return Table(("server", "pool", "platform", "address"), rows)


def pool_name(server: ManagedNode, pools: Sequence[ServerPool]) -> str | None:
    """Return the name of a server's pool, or None."""
    return next((pool.name for pool in pools if pool.id == server.pool), None)
