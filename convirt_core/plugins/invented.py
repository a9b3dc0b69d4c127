"""Servers and a VM that do not exist, for rehearsals. Each says so by its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from convirt_core.errors import InvalidInput, NotFound
from convirt_core.model import (
    Capability,
    Disk,
    Image,
    ManagedNode,
    MetricSnapshot,
    MigrationRequest,
    Nic,
    OperationRequest,
    PlacementRequest,
    ServerPool,
    VMRecord,
    VMRef,
)
from convirt_core.platforms import VM, NodeSession, VMConfig, VNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NAME = "rehearsal"
KEY = "11111111-2222-4333-8444-555555555555"
MEMORY_MIB = 1024


class InventedNode(VNode):
    """A server that can do everything and holds no VM."""

    def connect(self) -> None:
        """Nothing is connected."""

    def close(self) -> None:
        """Nothing was connected."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """All there are."""
        return frozenset(Capability)

    def host_uuid(self) -> str:
        """Return an invented UUID."""
        return KEY

    def vms(self) -> list[VM]:
        """Return none."""
        return []

    def metric_snapshot(self) -> MetricSnapshot:
        """Return an idle server."""
        return MetricSnapshot(0.0, cpus=4, memory_total_bytes=8 << 30, memory_free_bytes=8 << 30)


class InventedConfig(VMConfig):
    """A definition that no hypervisor has."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = dict(values)

    @property
    def text(self) -> str:
        """The values, a line each."""
        return "\n".join(f"{key} = {value!r}" for key, value in self._values.items())

    @property
    def digest(self) -> str:
        """Empty: it was read nowhere."""
        return ""

    @property
    def key(self) -> str:
        """The invented VM's."""
        return KEY

    def disks(self) -> list[Disk]:
        """Return none."""
        return []

    def nics(self) -> list[Nic]:
        """Return none."""
        return []

    def set_disk_source(self, target: str, source: str) -> None:
        """Refuse: there are no disks."""
        del source
        raise NotFound(f"{self.name} has no disk {target}.")

    def with_text(self, text: str) -> Self:
        """Refuse: there is no such text."""
        raise InvalidInput(f"This is no definition of {self.name}: {text!r}.")

    def renewed(self, name: str) -> Self:
        """Return a copy of that name."""
        return type(self)({**self._values, "name": name})

    def __getitem__(self, key: str) -> object:
        return self._values[key]

    def __setitem__(self, key: str, value: object) -> None:
        self._values[key] = value

    def __delitem__(self, key: str) -> None:
        del self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)


_POOL = ServerPool(f"{NAME}-pool", f"{NAME}-pool")
_SERVER = ManagedNode(f"{NAME}-1", f"{NAME}-1", NAME, pool=_POOL.id)
_OTHER = ManagedNode(f"{NAME}-2", f"{NAME}-2", NAME, pool=_POOL.id)
_VM = VMRef(_SERVER.id, KEY)
_IMAGE = Image(NAME, NAME, NAME, NAME, Path("/nonexistent"))


class InventedInventory:
    """The inventory with them in it."""

    def pools(self) -> Sequence[ServerPool]:
        """Return the one pool."""
        return [_POOL]

    def servers(self) -> Sequence[ManagedNode]:
        """Return both servers."""
        return [_SERVER, _OTHER]

    def vm_records(self) -> Sequence[VMRecord]:
        """Return the record of the one VM."""
        return [VMRecord(_VM, NAME)]


PLATFORM_QUESTIONS: Mapping[str, Mapping[str, object]] = {"convirt_platform": {}, "convirt_templates": {}}
"""Hooks that a platform is asked in a rehearsal, with their arguments."""

EXTENSION_QUESTIONS: Mapping[str, Mapping[str, object]] = {
    "convirt_before_operation": {"operation": OperationRequest(Capability.START, _SERVER, _VM, NAME)},
    "convirt_check_placement": {"request": PlacementRequest(_SERVER, _IMAGE, NAME, MEMORY_MIB << 20, 1)},
    "convirt_check_migration": {"request": MigrationRequest(_VM, NAME, _SERVER, _OTHER)},
    "convirt_validate_vm_config": {
        "config": InventedConfig({"name": NAME, "uuid": KEY, "memory": MEMORY_MIB, "vcpus": 1}),
        "vnode": InventedNode(_SERVER, cast("NodeSession", None)),
    },
}
"""Hooks that an extension is asked in a rehearsal, with their arguments."""
