"""How each thing looks: its keys in JSON, its columns in a table.

May import `convirt_core.model` and `tables`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def under(path: str, keys: Mapping[str, str]) -> dict[str, str]:
    """Return the keys of a thing as they stand below `path`, such as `vms[]`."""
    return {f"{path}.{key}": meaning for key, meaning in keys.items()}
