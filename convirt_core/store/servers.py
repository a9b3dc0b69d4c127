"""Servers."""

from __future__ import annotations

import json
from typing import Any

from convirt_core.model import ManagedNode
from convirt_core.store.tables import NamedTable, Row, to_json


class ServerTable(NamedTable[ManagedNode]):
    """Servers. A removed one takes its VM records with it."""

    kind = ManagedNode
    what = "server"
    table_name = "servers"
    columns = (
        "id",
        "name",
        "platform",
        "address",
        "user",
        "ssh_port",
        "pool",
        "host_uuid",
        "options",
        "row_version",
    )

    def of_pool(self, pool: str | None) -> list[ManagedNode]:
        """Return the servers of a pool, by name; None: those of no pool."""
        return self._where(self._table.pool.is_null() if pool is None else self._table.pool == pool)

    def _to_row(self, value: ManagedNode) -> dict[str, Any]:
        return {
            "id": value.id,
            "name": value.name,
            "platform": value.platform,
            "address": value.address,
            "user": value.user,
            "ssh_port": value.ssh_port,
            "pool": value.pool,
            "host_uuid": value.host_uuid,
            "options": to_json(dict(value.options)),
        }

    def _from_row(self, row: Row) -> ManagedNode:
        return ManagedNode(**{**row, "options": json.loads(row["options"])})
