"""Pools, servers, image groups and images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from convirt_core.model import Image, ImageGroup, ManagedNode, ServerPool
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


class GroupTable(NamedTable[ImageGroup]):
    """Image groups. One that has images cannot be removed."""

    kind = ImageGroup
    what = "image group"
    table_name = "groups"
    columns = ("id", "name", "row_version")

    def _to_row(self, value: ImageGroup) -> dict[str, Any]:
        return {"id": value.id, "name": value.name}

    def _from_row(self, row: Row) -> ImageGroup:
        return ImageGroup(**row)


class ImageTable(NamedTable[Image]):
    """Images."""

    kind = Image
    what = "image"
    table_name = "images"
    columns = ("id", "name", "platform", "group", "folder", "row_version")

    def of_group(self, group: str) -> list[Image]:
        """Return the images of a group, by name."""
        return self._where(self._table.group == group)

    def _to_row(self, value: Image) -> dict[str, Any]:
        return {
            "id": value.id,
            "name": value.name,
            "platform": value.platform,
            "group": value.group,
            "folder": str(value.folder),
        }

    def _from_row(self, row: Row) -> Image:
        return Image(**{**row, "folder": Path(row["folder"])})
