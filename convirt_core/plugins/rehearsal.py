"""Ask a plugin's hooks once with invented values, to see it fail now rather than in earnest.

A platform says what it is; an extension is started, asked its checks, and stopped. What reaches a server or
shows something to a person is not rehearsed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from convirt_core.errors import ConvirtError, Refused
from convirt_core.model import (
    Capability,
    Image,
    ManagedNode,
    MigrationRequest,
    OperationRequest,
    PlacementRequest,
    ServerPool,
    VMRecord,
    VMRef,
)
from convirt_core.plugins.deadlines import Deadlines
from convirt_core.plugins.faults import PluginFault
from convirt_core.plugins.loading import LoadedPlugin

_POOL = ServerPool("rehearsal-pool", "rehearsal-pool")
_SERVER = ManagedNode("rehearsal-1", "rehearsal-1", "rehearsal", pool=_POOL.id)
_OTHER = ManagedNode("rehearsal-2", "rehearsal-2", "rehearsal", pool=_POOL.id)
_VM = VMRef(_SERVER.id, "11111111-2222-4333-8444-555555555555")
_IMAGE = Image("rehearsal-image", "rehearsal-image", "rehearsal", "rehearsal-group", Path("/nonexistent"))

PLATFORM_HOOKS: Mapping[str, Mapping[str, object]] = {"convirt_platform": {}, "convirt_templates": {}}
EXTENSION_HOOKS: Mapping[str, Mapping[str, object]] = {
    "convirt_before_operation": {"operation": OperationRequest(Capability.START, _SERVER, _VM, "rehearsal")},
    "convirt_check_placement": {"request": PlacementRequest(_SERVER, _IMAGE, "rehearsal", 1 << 30, 1)},
    "convirt_check_migration": {"request": MigrationRequest(_VM, "rehearsal", _SERVER, _OTHER)},
}


class _RehearsalInventory:
    """Holds what the rehearsed hooks are asked about."""

    def pools(self) -> Sequence[ServerPool]:
        return [_POOL]

    def servers(self) -> Sequence[ManagedNode]:
        return [_SERVER, _OTHER]

    def vm_records(self) -> Sequence[VMRecord]:
        return [VMRecord(_VM, "rehearsal")]


@frozen
class RehearsalContext:
    """The context of a plugin that is only checked: its real settings, nothing else that is real."""

    name: str
    settings: Mapping[str, object]
    data_folder: Path
    inventory: _RehearsalInventory = field(factory=_RehearsalInventory)

    @property
    def logger(self) -> logging.Logger:
        """Logs as it would in earnest."""
        return logging.getLogger(f"convirt.plugins.{self.name}")

    def submit_task(self, title: str, work: Callable[[], str]) -> str:
        """Refuse: no task is begun by a check."""
        del work
        raise Refused(f"{title!r} was not begun: the plugin is only being checked.")

    def start_thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        """Start a daemon thread; it ends with the process."""
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
        return thread


def rehearse(plugin: LoadedPlugin, deadlines: Deadlines) -> None:
    """Ask the hooks. Raises `PluginFault` at the first that fails.

    A `ConvirtError` is no failure: the plugin has looked, and says that something is not as it needs it.
    """
    plugin.start(deadlines.extension_seconds)
    for hook, arguments in (EXTENSION_HOOKS if plugin.is_extension else PLATFORM_HOOKS).items():
        if plugin.implements(hook):
            _ask(plugin, hook, arguments, deadlines.extension_seconds)
    plugin.stop(deadlines.stop_seconds)


def _ask(plugin: LoadedPlugin, hook: str, arguments: Mapping[str, object], seconds: float) -> None:
    try:
        plugin.ask(hook, arguments, seconds)
    except PluginFault:
        raise
    except ConvirtError:
        return
