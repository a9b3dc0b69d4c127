"""How each disk of a new VM is to be made, as `image.conf` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.errors import InvalidInput, NotSupported

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convirt_core.model import Disk

_YES = frozenset({"yes", "true", "1"})


@frozen
class DiskPlan:
    """How one disk is made.

    :param image_file: name of the image's file it begins with; empty: it begins empty
    :param size_mib: of the disk; 0: as large as the image's file
    """

    disk: Disk
    image_file: str
    size_mib: int


def disk_plans(disks: Sequence[Disk], settings: Mapping[str, object]) -> list[DiskPlan]:
    """Return a plan for each disk that `image.conf` speaks of; the others are there already.

    :param settings: keys as in the original's `image.conf`: `vda_image_src`, `vda_disk_size`, …
    :raises NotSupported: for a kind of source that the built-in provisioner does not know
    """
    plans = (_plan(disk, settings) for disk in disks if disk.source)
    return [plan for plan in plans if plan]


def _plan(disk: Disk, settings: Mapping[str, object]) -> DiskPlan | None:
    def setting(name: str) -> str:
        return str(settings.get(f"{disk.target}_{name}") or "")

    source = setting("image_src")
    size_mib = _size(disk.target, setting("disk_size"))
    if source:
        _check_kind(disk.target, setting("image_src_type"))
        return DiskPlan(disk, source, size_mib)
    if setting("disk_create").lower() not in _YES:
        return None
    if not size_mib:
        raise InvalidInput(f"{disk.target}_disk_create needs a size.", remedy=f"Set {disk.target}_disk_size in MiB.")
    return DiskPlan(disk, "", size_mib)


def _check_kind(target: str, kind: str) -> None:
    if kind not in {"", "disk_image"}:
        raise NotSupported(f"{target}_image_src_type = {kind!r} is not supported.", remedy="Use 'disk_image'.")


def _size(target: str, text: str) -> int:
    if text and not (text.isascii() and text.isdigit()):
        raise InvalidInput(f"{target}_disk_size = {text!r} is not a number of MiB.")
    return int(text or 0)
