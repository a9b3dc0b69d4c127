"""What may stand in the configuration, and how each value is checked."""

from __future__ import annotations

import os
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOG_LEVELS = ("debug", "info", "warning", "error")


class Key(NamedTuple):
    """One key of the file.

    :param variable: of the environment, which goes before the file; empty: none
    :param meaning: one line for the documentation
    :param check: (value, folder that paths are relative to) → the value as it is used; raises `ValueError`
        with what the value must be
    """

    name: str
    variable: str
    meaning: str
    check: Callable[[object, Path], Any]


def _path(value: object, folder: Path) -> Path:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("a path")
    # not `Path.resolve`: a link in the path stays the person's way to the file
    return Path(os.path.normpath(folder / os.path.expanduser(value)))  # noqa: PTH111  leaves an unknown ~name alone


def _names(value: object, folder: Path) -> frozenset[str]:
    del folder
    if isinstance(value, str):
        value = [name.strip() for name in value.split(",") if name.strip()]
    if not isinstance(value, list) or not all(isinstance(name, str) and ":" in name for name in value):
        raise ValueError("plugin ids such as 'platforms:kvm' or 'dist:convirt-foo'")
    return frozenset(value)


def _level(value: object, folder: Path) -> str:
    del folder
    if value not in LOG_LEVELS:
        raise ValueError(f"one of {', '.join(LOG_LEVELS)}")
    return str(value)


def check_seconds(value: object, folder: Path) -> float:
    """Return a number of seconds, more than none and at most a day."""
    del folder
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 86400:
        raise ValueError("a number of seconds, more than 0 and at most 86400")
    return float(value)


KEYS: Mapping[str, Key] = MappingProxyType(
    {
        key.name: key
        for key in (
            Key("data_folder", "CONVIRT_DATA", "Where inventory, images and log are kept.", _path),
            Key("store_file", "CONVIRT_STORE", "The inventory; else `inventory.sqlite` in the data folder.", _path),
            Key(
                "store_busy_seconds",
                "",
                "How long to wait for another process's write to the inventory.",
                check_seconds,
            ),
            Key("image_store", "CONVIRT_IMAGES", "The folder of images; else `images` in the data folder.", _path),
            Key("log_file", "CONVIRT_LOG", "The log; else `convirt.log` in the data folder.", _path),
            Key("log_level", "", f"What the log holds: {', '.join(LOG_LEVELS)}, and what is worse.", _level),
            Key(
                "disabled_plugins",
                "CONVIRT_DISABLE_PLUGINS",
                "Plugins and distributions that are not used; those of file and environment together.",
                _names,
            ),
        )
    }
)

PLUGIN_DEADLINES = ("load_seconds", "extension_seconds", "platform_seconds", "stop_seconds", "check_seconds")
"""Keys of the table `plugin_deadlines`: the fields of `plugins.Deadlines`."""
