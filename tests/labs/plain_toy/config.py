"""Definitions of the toy: JSON, whose keys are the standard ones."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Self

from convirt_core.errors import AlreadyExists, InvalidInput, NotFound
from convirt_core.model import Disk, Nic, format_disk, parse_disk, parse_nic
from convirt_core.platforms import SECRET_KEYS, STANDARD_KEYS, VMConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = ("memory", "maxmem", "vcpus", "maxvcpus")


class ToyConfig(VMConfig):
    """A map on a JSON text. What is no standard key is kept, and not shown."""

    def __init__(self, text: str, *, is_new: bool = False) -> None:
        try:
            self._values = json.loads(text)
        except ValueError as error:
            raise InvalidInput(f"The definition is no JSON: {error}.") from error
        self._values.setdefault("uuid", str(uuid.uuid4()))
        self._read = "" if is_new else self.text

    @property
    def text(self) -> str:
        return json.dumps(self._values, sort_keys=True)

    @property
    def digest(self) -> str:
        return self._read

    @property
    def key(self) -> str:
        return str(self._values["uuid"])

    def disks(self) -> list[Disk]:
        return [parse_disk(entry) for entry in self._values.get("disk", [])]

    def nics(self) -> list[Nic]:
        return [parse_nic(entry) for entry in self._values.get("vif", [])]

    def add_disk(self, disk: Disk) -> None:
        if disk.target in [each.target for each in self.disks()]:
            raise AlreadyExists(f"{self.name} has a disk {disk.target} already.")
        self._values.setdefault("disk", []).append(format_disk(disk))

    def remove_disk(self, target: str) -> None:
        left = [disk for disk in self.disks() if disk.target != target]
        if len(left) == len(self.disks()):
            raise NotFound(f"{self.name} has no disk {target}.")
        self._values["disk"] = [format_disk(disk) for disk in left]

    def set_disk_source(self, target: str, source: str) -> None:
        disk = next(each for each in self.disks() if each.target == target)
        self.remove_disk(target)
        self.add_disk(Disk(target, source, disk.device, disk.format))

    def with_text(self, text: str) -> Self:
        edited = type(self)(text)
        edited._read = self._read
        return edited

    def renewed(self, name: str) -> Self:
        return type(self)(json.dumps({**self._values, "name": name, "uuid": str(uuid.uuid4())}), is_new=True)

    def __getitem__(self, key: str) -> object:
        if key not in STANDARD_KEYS:
            raise KeyError(key)
        return self._values[key]

    def __setitem__(self, key: str, value: object) -> None:
        if key not in STANDARD_KEYS:
            raise InvalidInput(f"{key} is no key of a toy's definition.")
        if key in SIZES and (not isinstance(value, int) or value < 1):
            raise InvalidInput(f"{key} is a whole number above 0.")
        self._values[key] = value

    def __delitem__(self, key: str) -> None:
        del self._values[key]

    def __iter__(self) -> Iterator[str]:
        return (key for key in self._values if key in STANDARD_KEYS)

    def __repr__(self) -> str:
        return f"<ToyConfig {sorted(set(self) - set(SECRET_KEYS))}>"
