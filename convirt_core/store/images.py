"""Image groups and images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from convirt_core.model import Image, ImageGroup
from convirt_core.store.tables import NamedTable, Row


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
