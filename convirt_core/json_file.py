"""A small JSON file that may be lost without harm: what it holds can be found again."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from convirt_core.atomic_file import replacing, write_all

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_log = logging.getLogger("convirt.files")


class JsonFile:
    """One object in a file. Neither reading nor writing it ever fails: work must not stop for a note.

    :param path: its folder is made when it is first written
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, object]:
        """Return the object; an empty one if there is none, or it is damaged."""
        try:
            value = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            _log.warning("%s cannot be read and is ignored: %s", self.path, error)
            return {}
        return value if isinstance(value, dict) else {}

    def write(self, value: Mapping[str, object]) -> None:
        """Replace the file as a whole: a reader sees the old object or the new one."""
        try:
            self._replace(json.dumps(value, indent=1).encode())
        except OSError as error:
            _log.warning("%s cannot be written: %s", self.path, error.strerror)

    def remove(self) -> None:
        """Remove the file, if it is there."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("%s cannot be removed: %s", self.path, error.strerror)

    def _replace(self, content: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(str(self.path), 0o600) as descriptor:
            write_all(descriptor, content)  # not synced to the disk: it may be lost
