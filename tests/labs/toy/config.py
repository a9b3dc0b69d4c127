"""The definition of a VM of the toy hypervisor: its values as JSON, and its disks."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Self

from attrs import evolve

from convirt_core.errors import InvalidInput
from convirt_core.model import Disk, Finding, Nic, Severity
from convirt_core.platforms import VMConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class ToyConfig(VMConfig):
    def __init__(self, values: dict[str, object], disks: Sequence[Disk] = (), *, is_new: bool = True) -> None:
        self._values = values
        self._disks = list(disks)
        self._is_new = is_new

    @property
    def text(self) -> str:
        return json.dumps(self._values, sort_keys=True)

    @property
    def digest(self) -> str:
        return "" if self._is_new else self._read

    def remember_digest(self) -> Self:
        self._read = self.text
        return self

    @property
    def key(self) -> str:
        return str(self._values["uuid"])

    def disks(self) -> list[Disk]:
        return list(self._disks)

    def nics(self) -> list[Nic]:
        return []

    def set_disk_source(self, target: str, source: str) -> None:
        self._disks = [evolve(each, source=source) if each.target == target else each for each in self._disks]

    def with_text(self, text: str) -> Self:
        edited = type(self)(json.loads(text), self._disks, is_new=False)
        if edited.key != self.key:
            raise InvalidInput("The text is of another VM.")
        edited._read = self._read
        return edited

    def renewed(self, name: str) -> Self:
        return type(self)({**self._values, "name": name, "uuid": str(uuid.uuid4())}, self._disks)

    def validate(self) -> list[Finding]:
        if self.get("memory", 1) == 13:
            return [Finding("unlucky", "Memory", Severity.ERROR, "13 MiB bring bad luck.", "Take 14.")]
        return []

    def __getitem__(self, key: str) -> object:
        return self._values[key]

    def __setitem__(self, key: str, value: object) -> None:
        self._values[key] = value

    def __delitem__(self, key: str) -> None:
        del self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)
