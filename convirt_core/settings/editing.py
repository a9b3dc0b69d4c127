"""Editing `config.toml` in place: comments, order and everything else stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomlkit

from convirt_core.config.files import write_atomically
from convirt_core.errors import OperationFailed
from convirt_core.plugins import normal_id
from convirt_core.settings.reading import ConfigFile

if TYPE_CHECKING:
    from pathlib import Path

_KEY = "disabled_plugins"


def edit_disabled(path: Path, plugin_id: str, *, disabled: bool) -> None:
    """Add an id to the list of disabled plugins, or take it away however it is spelled there.

    :raises ConfigError: if the file is not what it should be
    :raises OperationFailed: if it cannot be written
    """
    ConfigFile.read(path)  # says where it is wrong; below it is known to be right
    document = tomlkit.parse(_text(path))
    listed = document.get(_KEY, [])
    same = [name for name in listed if normal_id(name) == normal_id(plugin_id)]
    if bool(same) == disabled:
        return
    if disabled:
        _add(document, normal_id(plugin_id))
    for name in same:
        listed.remove(name)
    _make_folder(path.parent)
    write_atomically(path, tomlkit.dumps(document).encode())


def _text(path: Path) -> str:
    return path.read_bytes().decode() if path.exists() else ""


def _add(document: tomlkit.TOMLDocument, plugin_id: str) -> None:
    if _KEY in document:
        document[_KEY].append(plugin_id)
    else:
        document[_KEY] = [plugin_id]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OperationFailed(
            f"The folder {folder} cannot be made: {error.strerror}.", remedy="Make it, or set CONVIRT_CONFIG."
        ) from error
