"""What a person may write as a value, made into what the XML needs. All raise `InvalidInput` in one sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_YES = {1, "1", "yes", "on", "true"}
_NO = {0, "0", "no", "off", "false", ""}


def integer(key: str, value: object, minimum: int, maximum: int) -> int:
    """Return a whole number; a string of digits is one too, a boolean is none."""
    number: int | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,20}", value.strip()):
        number = int(value)
    if number is None:
        raise InvalidInput(f"{key} is a whole number, not {value!r}.")
    if not minimum <= number <= maximum:
        raise InvalidInput(f"{key} is between {minimum} and {maximum}, not {number}.")
    return number


def counted(what: str, found: str) -> int:
    """Return a number that a definition holds, such as `2`; what else a person wrote there is refused."""
    plain = found.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) < 20):
        raise InvalidInput(f"{what} of the definition is a number, not {found!r}.")
    return int(plain)


def flag(key: str, value: object) -> bool:
    """Return a yes or no, written as the python-config format and people write it."""
    plain = value.strip().lower() if isinstance(value, str) else value
    if isinstance(plain, (str, int)) and plain in _YES | _NO:
        return plain in _YES
    raise InvalidInput(f"{key} is 1 or 0, not {value!r}.")


def text(key: str, value: object) -> str:
    """Return a text that XML can hold."""
    if not isinstance(value, str):
        raise InvalidInput(f"{key} is a text, not {value!r}.")
    bad = _NOT_XML.search(value)
    if bad:
        raise InvalidInput(f"{key} holds the character {bad.group()!r}, which a definition cannot hold.")
    return value


def line(key: str, value: object) -> str:
    """Return a text of one line."""
    found = text(key, value)
    if "\n" in found or "\r" in found:
        raise InvalidInput(f"{key} is one line, not several.")
    return found


def words(key: str, value: object) -> str:
    """Return a line of words, of which a list may be made too; blanks part them, so none holds any."""
    if not isinstance(value, (list, tuple)):
        return line(key, value)
    found = entries(key, value)
    for word in found:
        if not word or word.split() != [word]:
            raise InvalidInput(f"{key} is a list of words without blanks; {word!r} is none.")
    return " ".join(found)


def path(key: str, value: object) -> str:
    """Return an absolute path."""
    found = line(key, value)
    if not found.startswith("/"):
        raise InvalidInput(f"{key} is an absolute path on the server, not {value!r}.")
    return found


def choice(key: str, value: object, allowed: Sequence[str]) -> str:
    """Return one of the allowed words."""
    if isinstance(value, str) and value in allowed:
        return value
    raise InvalidInput(f"{key} is one of {', '.join(allowed)}; not {value!r}.")


def entries(key: str, value: object) -> list[str]:
    """Return a list of texts."""
    if not isinstance(value, (list, tuple)):
        raise InvalidInput(f"{key} is a list of texts, not {value!r}.")
    return [line(f"an entry of {key}", entry) for entry in value]
