"""Servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convirt_cli import failure
from convirt_cli.parts import Cell, Facts, Table
from convirt_cli.shapes.amounts import recent_text, time_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.errors import ConvirtError
    from convirt_core.model import ManagedNode, ServerPool, ServerState

_HEADINGS = ("server", "pool", "platform", "address")

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

STATE_KEYS = {
    "state": "`up`, `connecting`, `suspect` (an answer is late), `down`, or `unknown` (it was not asked)",
    "reason": "why it is so, a sentence; empty when it is up",
    "since": "since when, as far as this command has seen it: UTC, seconds since the epoch",
    "age_seconds": "how old the answer is that `vms` and `running_vms` are of; null: there is none",
    "vms": "how many VMs it has; null: not known, as it did not answer, or was not asked (`--watch`, `--offline`)",
    "running_vms": "how many of them run; null likewise",
    "error.kind": "why it did not answer; only then",
    "error.message": "one sentence",
    "error.remedy": "what to try, or empty",
}


class ServerRow(NamedTuple):
    """A server with what is known of it now.

    :param since: UTC, seconds
    :param age_seconds: of its answer; None: it gave none
    :param vms: how many it has and how many run; None: not asked
    :param needs_person: it stays in this state until somebody does something there
    """

    node: ManagedNode
    state: ServerState
    reason: str
    since: float
    age_seconds: float | None = None
    vms: tuple[int, int] | None = None
    error: ConvirtError | None = None
    needs_person: bool = False


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


def row_as_data(row: ServerRow, pools: Sequence[ServerPool]) -> dict[str, object]:
    """Return what `KEYS` and `STATE_KEYS` say."""
    vms, running = row.vms or (None, None)
    data = as_data(row.node, pools) | {
        "state": row.state.value,
        "reason": row.reason,
        "since": round(row.since, 1),
        "age_seconds": None if row.age_seconds is None else round(row.age_seconds, 1),
        "vms": vms,
        "running_vms": running,
    }
    return data if row.error is None else data | {"error": failure.as_data(row.error)}


def state_table(rows: Sequence[ServerRow], pools: Sequence[ServerPool]) -> Table:
    """Return servers with their states as rows."""
    cells = [(*_cells(row.node, pools), row.state.value, *(row.vms or (None, None))) for row in rows]
    return Table((*_HEADINGS, "state", "vms", "running"), cells, frozenset({5, 6}))


def watch_table(rows: Sequence[ServerRow], pools: Sequence[ServerPool]) -> Table:
    """Return servers with their states, and why and since when, as rows."""
    cells = [(*_cells(row.node, pools), row.state.value, recent_text(row.since), row.reason) for row in rows]
    return Table((*_HEADINGS, "state", "since", "reason"), cells)


def watch_line(row: ServerRow) -> str:
    """Return a state as one line, with when it began."""
    return f"{time_text(row.since)}  {row.node.name}  {row.state.value}  {row.reason}".rstrip()


def table(servers: Sequence[ManagedNode], pools: Sequence[ServerPool]) -> Table:
    """Return servers as rows."""
    return Table(_HEADINGS, [_cells(server, pools) for server in servers])


def facts(server: ManagedNode, pools: Sequence[ServerPool]) -> Facts:
    """Return how a server is reached and used, as labelled values."""
    rows: list[tuple[str, Cell]] = [
        ("Address", server.address),
        ("User", server.user or None),
        ("Port", server.ssh_port or None),
        ("Platform", server.platform),
        ("Pool", pool_name(server, pools)),
        *(sorted(server.options.items())),
    ]
    return Facts(server.name, rows)


def _cells(server: ManagedNode, pools: Sequence[ServerPool]) -> tuple[str, str | None, str, str]:
    return server.name, pool_name(server, pools), server.platform, server.address


def pool_name(server: ManagedNode, pools: Sequence[ServerPool]) -> str | None:
    """Return the name of a server's pool, or None."""
    return next((pool.name for pool in pools if pool.id == server.pool), None)
