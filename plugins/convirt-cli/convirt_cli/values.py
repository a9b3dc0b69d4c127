"""Words of the command line that are more than text: sizes and `KEY=VALUE`."""

from __future__ import annotations

import re

import click

from convirt_core.errors import InvalidInput

_SIZE = re.compile(r"([0-9]{1,9})\s*(?:([KMGT])(?:I?B)?)?", re.IGNORECASE)
_UNIT_KIB = {"K": 1, "M": 1 << 10, "G": 1 << 20, "T": 1 << 30}


def mebibytes(text: str) -> int:
    """Read an amount of memory: `512` and `512M` are MiB, `1G` is 1024.

    :raises InvalidInput: otherwise, and below 1 MiB
    """
    match = _SIZE.fullmatch(text.strip())
    amount = int(match[1]) * _UNIT_KIB[(match[2] or "M").upper()] >> 10 if match else 0
    if amount < 1:
        raise InvalidInput(f"{text!r} is not an amount of memory.", remedy="Write MiB as 512 or 512M, GiB as 1G.")
    return amount


class MemoryType(click.ParamType[int]):
    """An option's amount of memory, in MiB."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return MiB."""
        if isinstance(value, int):
            return value
        try:
            return mebibytes(str(value))
        except InvalidInput as error:
            self.fail(f"{error.message} {error.remedy}", param, ctx)


class AssignmentType(click.ParamType[tuple[str, str]]):
    """`KEY=VALUE`, as a pair of texts; the value may be empty and may hold further equal signs."""

    name = "key=value"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Return key and value."""
        if isinstance(value, tuple):
            return value
        key, equals, text = str(value).partition("=")
        if not equals or not key.strip():
            self.fail(f"{value!r} is not KEY=VALUE.", param, ctx)
        return key.strip(), text


MEMORY = MemoryType()
ASSIGNMENT = AssignmentType()
