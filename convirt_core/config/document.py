"""A configuration file as a mapping that keeps everything it does not change."""

from __future__ import annotations

import copy
import stat
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Self

from convirt_core.config import editing
from convirt_core.config.files import write_atomically
from convirt_core.config.parser import Parsed, parse
from convirt_core.config.source import BYTE_ORDER_MARK, Source
from convirt_core.config.values import MAX_CHARACTERS, Value, is_name
from convirt_core.errors import ConfigError, InvalidInput, NotFound

if TYPE_CHECKING:
    from pathlib import Path


class ConfigDocument(MutableMapping[str, Value]):
    """The settings of a python-config file, by name.

    Reading a value gives a copy: change it and assign it again. Assigning exchanges the smallest piece of
    the text; deleting takes the setting away; a new name is appended. All else stays byte for byte, and no
    comment is ever lost. A value equal to the present one changes nothing.

    Where a file sets a name twice the last one counts, as in Python (xl takes it so too); assigning
    changes that one, deleting takes away all of them.
    """

    def __init__(self, text: str = "", *, source: str = "") -> None:
        """Read `text`; see `parse`."""
        self._name = source
        self._mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        self._load(text.removeprefix(self._mark))

    @classmethod
    def parse(cls, text: str, source: str = "") -> Self:
        """Read a configuration from a string.

        :param source: a name for it, such as the path, for messages
        :raises ConfigError: anything but settings with literal values, with line and column
        """
        return cls(text, source=source)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a configuration file, UTF-8 with or without byte order mark.

        :raises NotFound: there is no such file
        :raises ConfigError: see `parse`; also what cannot be read, and what is no regular file
        """
        name = str(path)
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise ConfigError("not a regular file", source=name)
            with path.open("rb") as file:
                data = file.read(4 * MAX_CHARACTERS + 1)
        except FileNotFoundError as error:
            raise NotFound(f"There is no file {name}.") from error
        except OSError as error:
            raise ConfigError(f"cannot be read: {error.strerror}", source=name) from error
        return cls(Source.decoded(data, name), source=name)

    @property
    def text(self) -> str:
        """The whole text as it would be written."""
        return self._mark + self._parsed.source.text

    def write(self, path: Path) -> None:
        """Write the text to `path`, all or nothing. An existing file keeps its mode; a new one is private.

        :raises OperationFailed: it could not be written; an existing file is unchanged
        """
        write_atomically(path, self.text.encode("utf-8"))

    def replace_all(self, values: Mapping[str, Value], *, keep: Collection[str] = ()) -> None:
        """Make `values` the settings: change what differs, append what is new, delete what is missing.

        :param keep: names that stay as the file has them, or absent, whatever `values` says: the options
            that are computed anew at each use
        :raises InvalidInput: a name or value that the format does not hold; then nothing has changed
        """
        before = self._parsed.source.text
        try:
            for name in [name for name in self if name not in values and name not in keep]:
                del self[name]
            for name, value in values.items():
                if name not in keep:
                    self[name] = value
        except InvalidInput:
            self._load(before)
            raise

    def __getitem__(self, name: str) -> Value:
        return copy.deepcopy(self._parsed.statements[self._index(name)].node.value)

    def __setitem__(self, name: str, value: Value) -> None:
        if not is_name(name):
            raise InvalidInput(
                f"{name!r} cannot name a setting",
                remedy="Use letters, digits and underscores, no digit first, and no keyword of Python.",
            )
        try:
            if name in self:
                self._load(editing.replace(self._parsed, self._index(name), value))
            else:
                self._load(editing.append(self._parsed, name, value))
        except InvalidInput as error:
            raise InvalidInput(f"{name} cannot be set: {error}", remedy=error.remedy) from error

    def __delitem__(self, name: str) -> None:
        self._index(name)
        while name in self:
            self._load(editing.delete(self._parsed, self._index(name)))

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        return f"<ConfigDocument {self._name or 'without a name'}: {len(self)} settings>"

    def _index(self, name: str) -> int:
        """Return the number of the statement that counts for `name`.

        :raises KeyError: there is none
        """
        return self._places[name]

    def _load(self, text: str) -> None:
        """Take the text apart anew. After each edit, too: places are right by construction."""
        self._parsed: Parsed = parse(Source.checked(text, self._name))
        self._places: dict[str, int] = {statement.name.text: at for at, statement in enumerate(self._parsed.statements)}
