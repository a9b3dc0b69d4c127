"""Ask a plugin's hooks once about what is invented, to see it fail now rather than in earnest.

A platform says what it is; an extension is started, asked its checks, and stopped. What tells somebody something
(`convirt_after_operation`, `convirt_event`) or is shown to a person is not rehearsed.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from attrs import field, frozen

from convirt_core.errors import ConvirtError
from convirt_core.plugins.faults import PluginFault
from convirt_core.plugins.invented import EXTENSION_QUESTIONS, PLATFORM_QUESTIONS, InventedInventory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from convirt_core.plugins.deadlines import Deadlines
    from convirt_core.plugins.loading import LoadedPlugin


@frozen
class RehearsalContext:
    """The context of a plugin that is only checked: its real settings, and nothing else that is real."""

    name: str
    settings: Mapping[str, object]
    data_folder: Path
    inventory: InventedInventory = field(factory=InventedInventory)

    @property
    def logger(self) -> logging.Logger:
        """Logs as it would in earnest."""
        return logging.getLogger(f"convirt.plugins.{self.name}")

    def submit_task(self, title: str, work: Callable[[], str]) -> str:
        """Return a task's id, without the task: its work is not done."""
        del title, work
        return "rehearsal"

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
    for hook, arguments in (EXTENSION_QUESTIONS if plugin.is_extension else PLATFORM_QUESTIONS).items():
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
