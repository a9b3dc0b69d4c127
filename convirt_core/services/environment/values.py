"""Numbers and `name: value` lines, read without trusting them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)


def number(text: object) -> int | None:
    """Return a whole number that is not negative, from its decimal digits; None for anything else."""
    found = _DIGITS.fullmatch(text.strip()) if isinstance(text, str) else None
    return int(found[0]) if found else None


def named(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of each line `name: value`."""
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()
