"""A plugin's own part of one application."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from convirt_core.hookspecs import Inventory


class Context:
    """The `PluginContext` that plugins are given.

    :param name: the plugin's id, such as `platforms:kvm`
    :param settings: its section of the configuration
    :param inventory: pools, servers and managed VMs, to read
    :param submit: starts a task from a title, the plugin's id and the work; returns the task's id
    :param folder: where all plugins keep their files, each in a folder of its own
    """

    def __init__(
        self,
        name: str,
        settings: Mapping[str, object],
        inventory: Inventory,
        submit: Callable[[str, str, Callable[[], str]], str],
        folder: Path,
    ) -> None:
        self.name = name
        self.settings = settings
        self.inventory = inventory
        self._submit = submit
        self._folder = folder

    @property
    def logger(self) -> logging.Logger:
        """Logs as `convirt.plugins.<id>`."""
        return logging.getLogger(f"convirt.plugins.{self.name}")

    @property
    def data_folder(self) -> Path:
        """The plugin's own folder; made when first asked for."""
        folder = self._folder / self.name.replace(":", "-")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def submit_task(self, title: str, work: Callable[[], str]) -> str:
        """Run long work as a task; `work` returns a sentence for the person. Return the task's id."""
        return self._submit(title, self.name, work)

    def start_thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        """Start a daemon thread; an error that ends it is logged as the plugin's."""

        def run() -> None:
            try:
                work()
            except Exception:
                self.logger.exception("The thread %r of %s has failed.", name, self.name)

        thread = threading.Thread(target=run, name=f"{self.name} {name}", daemon=True)
        thread.start()
        return thread
