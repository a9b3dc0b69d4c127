"""Reading `config.toml`: what is in it, and on which line something is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from convirt_core.errors import ConfigError
from convirt_core.settings.keys import KEYS, PLUGIN_DEADLINES, Key, check_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_PLACE = r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$"
_LIMIT_BYTES = 1 << 20


class ConfigFile:
    """A file that was read, with its values checked.

    :raises ConfigError: with the line of what is wrong
    """

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text
        content = self._parse()
        self.plugins: Mapping[str, Mapping[str, object]] = self._plugins(content.pop("plugins", {}))
        self.plugin_deadlines: Mapping[str, float] = self._deadlines(content.pop("plugin_deadlines", {}))
        self._refuse_unknown(content, (*KEYS, "plugins", "plugin_deadlines"))
        self.values = {name: self._checked(KEYS[name], value) for name, value in content.items()}

    @classmethod
    def read(cls, path: Path) -> ConfigFile:
        """Read a file; one that is not there is empty."""
        try:
            with path.open("rb") as file:
                content = file.read(_LIMIT_BYTES)
            return cls(path, content.decode())
        except FileNotFoundError:
            return cls(path, "")
        except OSError as error:
            raise ConfigError(f"it cannot be read: {error.strerror}", source=str(path)) from error
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise ConfigError("it is not UTF-8 text", source=str(path), line=line) from error

    def _parse(self) -> dict[str, Any]:
        if not self._text:
            return {}
        import tomllib  # noqa: PLC0415  2 ms that nobody pays who has no file

        try:
            return tomllib.loads(self._text)
        except RecursionError as error:
            raise ConfigError("it is nested too deeply", source=str(self._path)) from error
        except tomllib.TOMLDecodeError as error:
            place = re.search(_PLACE, str(error))
            last = self._text.count("\n") + 1
            raise ConfigError(
                re.sub(_PLACE, "", str(error)),
                source=str(self._path),
                line=int(place["line"] or last) if place else 0,
                column=int(place["column"] or 0) if place else 0,
                remedy="See https://toml.io for how such a file is written.",
            ) from error

    def _plugins(self, tables: object) -> dict[str, Mapping[str, object]]:
        if not isinstance(tables, dict):
            self._refuse("plugins", "must be tables such as [plugins.'platforms:kvm']")
        for name, table in tables.items():
            if not isinstance(table, dict) or ":" not in name:
                self._refuse(name, "must be a table of a plugin, such as [plugins.'platforms:kvm']")
        return tables

    def _deadlines(self, table: object) -> dict[str, float]:
        if not isinstance(table, dict):
            self._refuse("plugin_deadlines", "must be a table")
        self._refuse_unknown(table, PLUGIN_DEADLINES)
        return {name: self._checked(Key(name, "", "", check_seconds), value) for name, value in table.items()}

    def _checked(self, key: Key, value: object) -> Any:
        try:
            return key.check(value, self._path.parent)
        except ValueError as error:
            self._refuse(key.name, f"must be {error}")

    def _refuse_unknown(self, names: Iterable[str], known: Iterable[str]) -> None:
        known = tuple(known)
        for name in names:
            if name not in known:
                self._refuse(name, "is not known", _nearest(name, known))

    def _refuse(self, name: str, reason: str, remedy: str = "") -> NoReturn:
        raise ConfigError(f"{name} {reason}", source=str(self._path), line=self._line_of(name), remedy=remedy)

    def _line_of(self, name: str) -> int:
        # tomllib keeps no places; the first line where the name begins a key or is part of a table's header
        key = re.compile(rf"""^\s*(\[.*)?["']?{re.escape(name)}["']?\s*[=.\]]""", re.MULTILINE)
        match = key.search(self._text)
        return self._text.count("\n", 0, match.end()) + 1 if match else 0


def _nearest(name: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  only for somebody who mistyped

    near = get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."
