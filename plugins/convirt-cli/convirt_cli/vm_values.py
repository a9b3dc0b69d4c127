"""Keys of a VM's definition, given on a command line as `KEY=VALUE`."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from convirt_cli.values import mebibytes
from convirt_core.errors import ConfigError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

_MEMORY_KEYS = frozenset({"memory", "maxmem"})
_COUNT_KEYS = frozenset({"vcpus", "maxvcpus", "vnc"})
_LIST_KEYS = frozenset({"disk", "vif"})
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_ASK = "-"
"""In place of a secret value, which every user of the machine could read in the list of processes."""


def read_values(assignments: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Return values as the key wants them: sizes and counts as numbers, lists, else text.

    What a key of the platform's own is, only the platform knows: it is given a list or the text as it stands.

    :raises InvalidInput: an amount of memory that is none; a secret that cannot be read
    :raises ConfigError: a list that is none
    """
    return {key: _value(key, text) for key, text in assignments}


def _value(key: str, text: str) -> object:
    from convirt_core.platforms import SECRET_KEYS, STANDARD_KEYS  # noqa: PLC0415  `--help` needs no keys

    if key in _MEMORY_KEYS:
        return mebibytes(text)
    if key in _COUNT_KEYS and _INTEGER.fullmatch(text):
        return int(text)
    if key in SECRET_KEYS and text == _ASK:
        return _secret(key)
    if text.startswith("[") and (key in _LIST_KEYS or key not in STANDARD_KEYS):
        from convirt_core.config import ConfigDocument  # noqa: PLC0415  only lists need the parser

        try:
            return ConfigDocument.parse(f"{key} = {text}", source=f"{key}={text}")[key]
        except ConfigError as error:
            error.remedy = error.remedy or f"Write a list as in a python-config file: \"{key}=['…', '…']\"."
            raise
    return text


def _secret(key: str) -> str:
    """Ask at the terminal without showing what is typed; else read one line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(key, hide_input=True, err=True))
    try:
        return sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        # Without its cause: that holds the bytes.
        raise InvalidInput(f"{key} on standard input is no text in UTF-8.") from None
