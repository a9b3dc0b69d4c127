"""What a setting can hold, and the bounds that keep a hostile file cheap to refuse."""

from __future__ import annotations

import keyword
import re
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None
Value: TypeAlias = "Scalar | list[Value] | tuple[Value, ...] | dict[Scalar, Value]"
"""Exactly these types, nested at most MAX_DEPTH deep. Floats are finite; strings hold no lone surrogates."""

MAX_CHARACTERS = 256 * 1024
"""Of a whole file. Real ones have a few thousand; each costs a token at worst."""

MAX_SETTINGS = 1000
"""In one file, repetitions included. An edit reads the text anew, so many of them must stay few seconds."""

MAX_DEPTH = 32
"""Of brackets in brackets. The deepest known key, `vnuma`, needs two; Python's own stack is never at risk."""

MAX_NUMBER_LENGTH = 100
"""Characters of one number; 64 bits need 20."""

CONSTANTS: dict[str, bool | None] = {"True": True, "False": False, "None": None}

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def is_name(text: str) -> bool:
    """Whether `text` can name a setting: an ASCII identifier that is no keyword of Python."""
    return _NAME.fullmatch(text) is not None and not keyword.iskeyword(text)


def kind_of(value: object) -> str:
    """What `value` is, in words for a message. Never its content: it may be a password."""
    if value is None:
        return "None"
    words = {str: "a string", bool: "a boolean", list: "a list", tuple: "a tuple", dict: "a dictionary"}
    number = "a number" if isinstance(value, int | float) else f"a value of type {type(value).__name__!r}"
    return words.get(type(value), number)
