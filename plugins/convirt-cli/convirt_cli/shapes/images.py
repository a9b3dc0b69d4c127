"""Images and their groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_cli.parts import Table
from convirt_cli.shapes.amounts import bytes_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from convirt_core.model import Image, ImageGroup

KEYS = {
    "id": "stable for the image's whole life",
    "name": "as people type it",
    "platform": "the platform it is for",
    "group": "name of its group",
    "folder": "its directory",
}
INFO_KEYS = {
    **KEYS,
    "description": "a text for people",
    "files[].path": "of a file in its directory, or below",
    "files[].size_bytes": "of that file",
}
GROUP_KEYS = {"id": "stable for the group's whole life", "name": "as people type it", "images[]": "names of its images"}


def as_data(image: Image, groups: Mapping[str, str]) -> dict[str, object]:
    """Return what `KEYS` says.

    :param groups: id → name
    """
    return {
        "id": image.id,
        "name": image.name,
        "platform": image.platform,
        "group": groups.get(image.group, ""),
        "folder": str(image.folder),
    }


def info_as_data(
    image: Image, groups: Mapping[str, str], description: str, files: Mapping[Path, int]
) -> dict[str, object]:
    """Return what `INFO_KEYS` says.

    :param groups: id → name
    :param files: path → size in bytes
    """
    shown = [{"path": str(path), "size_bytes": size} for path, size in files.items()]
    return {**as_data(image, groups), "description": description, "files": shown}


def file_table(image: Image, files: Mapping[Path, int]) -> Table:
    """Return an image's files as rows, named below its folder."""
    rows = [(path.relative_to(image.folder).as_posix(), bytes_text(size)) for path, size in files.items()]
    return Table(("file", "size"), rows, frozenset({1}))


def table(images: Sequence[Image], groups: Mapping[str, str]) -> Table:
    """Return images as rows. Their folders, which are long, `image info` shows."""
    rows = [(image.name, groups.get(image.group), image.platform) for image in images]
    return Table(("image", "group", "platform"), rows)


def group_as_data(group: ImageGroup, images: Sequence[Image]) -> dict[str, object]:
    """Return what `GROUP_KEYS` says. `images` may hold those of other groups."""
    members = [image.name for image in images if image.group == group.id]
    return {"id": group.id, "name": group.name, "images": members}


def group_table(groups: Sequence[ImageGroup], images: Sequence[Image]) -> Table:
    """Return groups as rows."""
    rows = [
        (group.name, ", ".join(image.name for image in images if image.group == group.id) or None) for group in groups
    ]
    return Table(("group", "images"), rows)
