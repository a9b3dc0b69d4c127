"""What a plugin is made with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import logging
    import threading
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from convirt_core.model import ManagedNode, ServerPool, VMRecord


class Inventory(Protocol):
    """The inventory, to read. Any thread."""

    def pools(self) -> Sequence[ServerPool]:
        """Return all pools, by name."""
        ...

    def servers(self) -> Sequence[ManagedNode]:
        """Return all servers, by name."""
        ...

    def vm_records(self) -> Sequence[VMRecord]:
        """Return the records of all managed VMs."""
        ...


class PluginContext(Protocol):
    """A plugin's own part of one `Application`. Kept by the plugin, used when it needs it."""

    @property
    def name(self) -> str:
        """The plugin's id, such as `platforms:kvm`."""
        ...

    @property
    def settings(self) -> Mapping[str, object]:
        """Its section of the configuration: `[plugins.'platforms:kvm']`."""
        ...

    @property
    def logger(self) -> logging.Logger:
        """Logs as `convirt.plugins.<id>`."""
        ...

    @property
    def data_folder(self) -> Path:
        """A folder of its own for files that last; made when first asked for."""
        ...

    @property
    def inventory(self) -> Inventory:
        """Pools, servers and managed VMs, to read."""
        ...

    def submit_task(self, title: str, work: Callable[[], str]) -> str:
        """Run long work as a task; `work` returns a sentence for the person. Return the task's id."""
        ...

    def start_thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        """Start a daemon thread. A plugin starts threads in no other way."""
        ...
