"""SHA-256 sums of an image's files, in the format of sha256sum(1): `<hex>  <name>` a line."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from convirt_core.errors import ConfigError
from convirt_core.model.images import CHECKSUM_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def of_file(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_folder(folder: Path) -> dict[str, str]:
    """Return relative name → sum for every file below the folder but the sums' own."""
    names = [path.relative_to(folder).as_posix() for path in files_in(folder)]
    return {name: of_file(folder / name) for name in names if name != CHECKSUM_FILE}


def files_in(folder: Path) -> list[Path]:
    """Return every file below a folder, by name."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def write(folder: Path, sums: Mapping[str, str]) -> None:
    """Write the sums of a folder into it."""
    lines = [f"{value}  {name}\n" for name, value in sorted(sums.items())]
    (folder / CHECKSUM_FILE).write_text("".join(lines), encoding="utf-8")


def read(folder: Path) -> dict[str, str]:
    """Return name → sum as written; empty where there is no such file.

    :raises ConfigError: for a line that is none of sha256sum's
    """
    path = folder / CHECKSUM_FILE
    return dict(_parsed(path)) if path.is_file() else {}


def _parsed(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        match = _LINE.fullmatch(line)
        if not match:
            raise ConfigError("not a line of sha256sum", source=str(path), line=number)
        yield match[2], match[1]
