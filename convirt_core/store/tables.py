"""What all tables of the inventory have in common: values in and out, versions, clear refusals."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, Protocol, TypeVar, cast

import attrs
import peewee

from convirt_core.errors import AlreadyExists, Conflict, NotFound, Refused
from convirt_core.store.faults import damaged, is_missing_reference

if TYPE_CHECKING:
    from convirt_core.store.database import Database

Row = Mapping[str, Any]


class Versioned(Protocol):
    """A value, of attrs, that has a name and counts its writes."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def row_version(self) -> int:
        """Grows with each write."""
        ...


class Identified(Versioned, Protocol):
    """A value with an id of ours."""

    @property
    def id(self) -> str:
        """A UUID."""
        ...


Value = TypeVar("Value", bound=Versioned)
IdentifiedValue = TypeVar("IdentifiedValue", bound=Identified)
Key = TypeVar("Key")


class ValueTable(ABC, Generic[Value, Key]):
    """The values of one kind. Any thread; each method is atomic.

    :cvar kind: class of the values
    :cvar what: for messages, such as `server`
    """

    kind: type[Value]
    what: ClassVar[str]
    table_name: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.table(self.table_name, self.columns)

    @abstractmethod
    def _to_row(self, value: Value) -> dict[str, Any]:
        """Return the columns of a value, without its version."""

    @abstractmethod
    def _from_row(self, row: Row) -> Value:
        """Return the value of a row; raise `ValueError` for one that was not written by us."""

    @abstractmethod
    def _key_of(self, what: Value | Key) -> Key:
        """Return what the value is known by; a key is its own."""

    @abstractmethod
    def _has_key(self, key: Key) -> Any:
        """Return peewee's expression for the row of this key."""

    def all(self) -> list[Value]:
        """Return all values, by name."""
        return self._where()

    def get(self, key: Key) -> Value:
        """Return one value. Raises `NotFound`."""
        found = self._where(self._has_key(key))
        if not found:
            raise NotFound(f"The inventory has no {self.what} with the id {key}.")
        return found[0]

    def add(self, value: Value) -> Value:
        """Store a new value; return it as stored.

        :raises AlreadyExists: if its name or identity is taken
        :raises NotFound: if what it belongs to is not there
        """
        with self._database.access(), self._constraints(value):
            self._table.insert(**self._to_row(value), row_version=0).execute()
        return _with_version(value, 0)

    def save(self, value: Value) -> Value:
        """Store a changed value; return it with its new version.

        :raises Conflict: if someone has written it since it was read
        :raises AlreadyExists: if its new name is taken
        :raises NotFound: if it, or what it belongs to, is not there
        """
        row = {**self._to_row(value), "row_version": value.row_version + 1}
        unchanged = self._table.row_version == value.row_version
        with self._database.transaction(), self._constraints(value):
            if not self._table.update(**row).where(self._has_key(self._key_of(value)) & unchanged).execute():
                self._refuse_old(value)
        return _with_version(value, value.row_version + 1)

    def remove(self, what: Value | Key) -> None:
        """Remove a value as it was read, or whatever has this key.

        :raises Conflict: if someone has written the value since it was read
        :raises NotFound: if it is not there
        :raises Refused: while others belong to it
        """
        with self._database.transaction():
            stored = self.get(self._key_of(what))
            if isinstance(what, self.kind) and what.row_version != stored.row_version:
                self._refuse_old(what)
            self._delete(stored)

    def _delete(self, value: Value) -> None:
        try:
            self._table.delete().where(self._has_key(self._key_of(value))).execute()
        except peewee.IntegrityError as error:
            raise Refused(
                f"The {self.what} {value.name} is not empty.", remedy="Move or remove what is in it first."
            ) from error

    def _where(self, *conditions: Any) -> list[Value]:
        query = self._table.select().where(*conditions) if conditions else self._table.select()
        with self._database.access():
            rows: list[Row] = list(query.order_by(self._table.name).dicts())
        return [self._read(row) for row in rows]

    def _read(self, row: Row) -> Value:
        try:
            return self._from_row(row)
        except (ValueError, TypeError, AttributeError) as error:
            raise damaged(self._database.path, f"a {self.what} cannot be read") from error

    def _refuse_old(self, value: Value) -> NoReturn:
        self.get(self._key_of(value))
        raise Conflict(
            f"The {self.what} {value.name} was changed by someone else meanwhile.",
            remedy="Look at it again and repeat the change.",
        )

    @contextmanager
    def _constraints(self, value: Value) -> Iterator[None]:
        try:
            yield
        except peewee.IntegrityError as error:
            if is_missing_reference(error):
                raise NotFound(f"What the {self.what} {value.name} belongs to is no longer there.") from error
            raise AlreadyExists(
                f"The {self.what} {value.name} is there already.", remedy="Choose another name."
            ) from error


class NamedTable(ValueTable[IdentifiedValue, str]):
    """Values known by an id of ours, each with a name of its own."""

    def find(self, name: str) -> IdentifiedValue | None:
        """Return the value of exactly this name (letter case counts), or None."""
        found = self._where(self._table.name == name)
        return found[0] if found else None

    def _key_of(self, what: IdentifiedValue | str) -> str:
        return what if isinstance(what, str) else what.id

    def _has_key(self, key: str) -> Any:
        return self._table.id == key


def _with_version(value: Value, row_version: int) -> Value:
    changed: Value = attrs.evolve(cast("Any", value), row_version=row_version)
    return changed


def to_json(value: object) -> str:
    """Return the text of a mapping or list for a column."""
    return json.dumps(value, separators=(",", ":"))
