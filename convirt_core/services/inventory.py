"""The inventory as plugins read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convirt_core.model import ManagedNode, ServerPool, VMRecord
    from convirt_core.store import Store


class StoredInventory:
    """Pools, servers and managed VMs of a store. Any thread; an `Inventory` of the hookspecs.

    :param store: asked for at each reading: a plugin that reads nothing needs no store
    """

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    def pools(self) -> Sequence[ServerPool]:
        """Return all pools, by name."""
        return self._store().pools.all()

    def servers(self) -> Sequence[ManagedNode]:
        """Return all servers, by name."""
        return self._store().servers.all()

    def vm_records(self) -> Sequence[VMRecord]:
        """Return the records of all managed VMs."""
        return self._store().vms.all()
