"""Server pools."""

from __future__ import annotations

import json
from typing import Any

from convirt_core.model import ServerPool
from convirt_core.store.tables import NamedTable, Row, to_json


class PoolTable(NamedTable[ServerPool]):
    """Server pools. One that has servers cannot be removed."""

    kind = ServerPool
    what = "pool"
    table_name = "pools"
    columns = ("id", "name", "variables", "row_version")

    def _to_row(self, value: ServerPool) -> dict[str, Any]:
        return {"id": value.id, "name": value.name, "variables": to_json(dict(value.variables))}

    def _from_row(self, row: Row) -> ServerPool:
        return ServerPool(row["id"], row["name"], json.loads(row["variables"]), row["row_version"])
