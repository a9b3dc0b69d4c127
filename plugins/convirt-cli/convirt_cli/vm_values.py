"""Keys of a VM's definition, given on a command line as `KEY=VALUE`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convirt_cli.values import mebibytes

if TYPE_CHECKING:
    from collections.abc import Iterable

_MEMORY_KEYS = frozenset({"memory", "maxmem"})
_INTEGER = re.compile(r"-?[0-9]{1,18}")


def read_values(assignments: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Return values as a python-config file would have them: whole numbers, lists, else text.

    :raises InvalidInput: an amount of memory that is none
    :raises ConfigError: a list that is none
    """
    return {key: _value(key, text) for key, text in assignments}


def _value(key: str, text: str) -> object:
    if key in _MEMORY_KEYS:
        return mebibytes(text)
    if _INTEGER.fullmatch(text):
        return int(text)
    if text.startswith("["):
        from convirt_core.config import ConfigDocument  # noqa: PLC0415  only lists need the parser

        return ConfigDocument.parse(f"{key} = {text}", source=f"{key}={text}")[key]
    return text
