"""The running side of a VM, as a map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convirt_core.model import Disk, Nic


class VMInfo(Mapping[str, object]):
    """What a hypervisor says of a VM that it holds in memory. A missing key is None, as in the original.

    Standard keys: `name`, `uuid`, `id` (changes with each start), `state`, `memory` and `maxmem` (MiB),
    `vcpus`, `cpu_time_seconds`. A platform adds its own.

    :param values: the keys
    :param disks: as they are attached now
    :param nics: likewise, with the server's interface as `target`
    """

    def __init__(self, values: Mapping[str, object], *, disks: list[Disk], nics: list[Nic]) -> None:
        self._values = dict(values)
        self.disks = disks
        self.nics = nics

    def __getitem__(self, key: str) -> object:
        return self._values.get(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self['name']!r}>"
