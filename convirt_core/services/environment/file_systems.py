"""The server's file systems."""

from __future__ import annotations

import re

from convirt_core.model import FileSystem

_TRANSIENT = frozenset({"devtmpfs", "efivarfs", "ramfs", "squashfs", "tmpfs"})
"""They keep nothing beyond a boot, or take nothing."""

_ROW = re.compile(
    r"(?P<device>\S.*?)\s+(?P<type>\S+)\s+(?P<size>[0-9]{1,15})\s+[0-9]+\s+(?P<free>[0-9]{1,15})\s+"
    r"(?:[0-9]+%|-)\s+(?P<mount>/.*)",
    re.ASCII,
)


def file_systems(df: str) -> tuple[FileSystem, ...]:
    """Read `df -kPT` of coreutils or busybox: KiB; device and mount point may hold blanks. By mount point.

    Busybox names a file system again where a part of it is mounted elsewhere; the first place counts.
    """
    found = (_ROW.fullmatch(line.strip()) for line in df.splitlines())
    first: dict[str, FileSystem] = {}
    for row in found:
        if row and row["type"] not in _TRANSIENT:
            first.setdefault(row["device"] if row["device"].startswith("/") else row["mount"], _file_system(row))
    return tuple(sorted(first.values(), key=lambda each: each.mount))


def _file_system(row: re.Match[str]) -> FileSystem:
    return FileSystem(row["mount"], row["device"], row["type"], int(row["size"]) << 10, int(row["free"]) << 10)
