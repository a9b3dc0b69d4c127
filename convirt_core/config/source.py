"""The text being read, and errors that point into it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from convirt_core.config.values import MAX_CHARACTERS
from convirt_core.errors import ConfigError

BYTE_ORDER_MARK = "\ufeff"

_NEWLINE = re.compile(r"\r\n|\r|\n")
_UNREADABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Source:
    """A text that is known to be of bearable size and to have only characters that a file can hold.

    :param text: without a byte order mark
    :param name: the file's name as the person gave it, for messages
    """

    text: str
    name: str

    @classmethod
    def checked(cls, text: str, name: str) -> Self:
        """Refuse what no configuration is: too much text, nul bytes, lone surrogates.

        :raises ConfigError: with the place
        """
        source = cls(text, name)
        if len(text) > MAX_CHARACTERS:
            raise ConfigError(f"larger than {MAX_CHARACTERS // 1024} KiB, so not a configuration", source=name)
        if found := _UNREADABLE.search(text):
            what = "a nul byte" if found[0] == "\0" else "a character that UTF-8 cannot hold"
            raise source.error(found.start(), f"{what} in a text file", remedy="Is this a text file?")
        return source

    @classmethod
    def decoded(cls, data: bytes, name: str) -> str:
        """Return `data` as text, a byte order mark included.

        :raises ConfigError: not UTF-8, with the place of the first wrong byte
        """
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            before = data[: error.start].decode("utf-8").removeprefix(BYTE_ORDER_MARK)
            raise cls(before, name).error(
                len(before),
                f"the byte 0x{data[error.start]:02x} is not UTF-8",
                remedy="Save the file as UTF-8.",
            ) from error

    def error(self, offset: int, reason: str, *, remedy: str = "") -> ConfigError:
        """Make the error that says what is wrong at `offset`."""
        line, column = self.place(offset)
        return ConfigError(reason, source=self.name, line=line, column=column, remedy=remedy)

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of `offset`, both 1-based; a tab is one column."""
        line_starts = [0, *(newline.end() for newline in _NEWLINE.finditer(self.text, 0, offset))]
        return len(line_starts), offset - line_starts[-1] + 1

    @property
    def newline(self) -> str:
        """The line ending of the text: that of its first line."""
        found = _NEWLINE.search(self.text)
        return found[0] if found else "\n"

    def line_start(self, offset: int) -> int:
        """Return where the line of `offset` begins."""
        return max(self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset)) + 1

    def indentation(self, offset: int) -> str:
        """Return the blanks at the beginning of the line of `offset`."""
        line = self.text[self.line_start(offset) : offset]
        return line[: len(line) - len(line.lstrip(" \t\f"))]

    def begins_line(self, offset: int) -> bool:
        """Whether only blanks stand before `offset` in its line."""
        return not self.text[self.line_start(offset) : offset].strip(" \t\f")
