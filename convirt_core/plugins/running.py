"""The plugins that an application has in use: loaded once, asked within a deadline, stopped at the end."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from convirt_core.errors import ConvirtError, PluginError
from convirt_core.plugins.answers import Answer
from convirt_core.plugins.faults import PluginFault
from convirt_core.plugins.groups import EXTENSIONS, PLATFORMS, plugin_id
from convirt_core.plugins.loading import LoadedPlugin, load
from convirt_core.plugins.once import OnceEach

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from convirt_core.hookspecs import PluginContext
    from convirt_core.plugins.candidates import Candidate
    from convirt_core.plugins.catalog import Catalog
    from convirt_core.plugins.deadlines import Deadlines
    from convirt_core.plugins.failures import FailureLog

T = TypeVar("T")

_log = logging.getLogger("convirt.plugins")


class Running:
    """Loads, asks and stops. What goes wrong is noted for `plugin list`, and logged when it is new. Any thread."""

    def __init__(
        self,
        catalog: Catalog,
        failures: FailureLog,
        context_for: Callable[[str], PluginContext],
        deadlines: Deadlines,
    ) -> None:
        self._catalog = catalog
        self._failures = failures
        self._context_for = context_for
        self._deadlines = deadlines
        self._loaded = {group: OnceEach(partial(self._load, group)) for group in (PLATFORMS, EXTENSIONS)}
        self._is_stopped = False

    def get(self, group: str, name: str) -> LoadedPlugin:
        """Return a platform or extension, loaded (and, if an extension, started) on first use.

        :raises NotFound: if it is not installed
        :raises PluginError: if it cannot be used: the same error for as long as the application is open
        """
        return self._loaded[group].get(name)

    def ask(self, plugin: LoadedPlugin, hook: str, arguments: Mapping[str, object]) -> object:
        """Return one plugin's answer. Raises `PluginFault`, or the `ConvirtError` that the plugin raised."""
        deadlines = self._deadlines
        seconds = deadlines.extension_seconds if plugin.is_extension else deadlines.platform_seconds
        return self._noting(plugin.candidate, lambda: plugin.ask(hook, arguments, seconds))

    def answers(
        self, group: str, names: Iterable[str], hook: str, arguments: Mapping[str, object]
    ) -> list[Answer[object]]:
        """Ask each of the named plugins that implements the hook. An error is that plugin's answer."""
        answers = []
        for name in names:
            try:
                plugin = self.get(group, name)
                if plugin.implements(hook):
                    answers.append(Answer(plugin_id(group, name), self.ask(plugin, hook, arguments)))
            except ConvirtError as error:
                answers.append(Answer[object](plugin_id(group, name), error=error))
        return answers

    def prepare(self, group: str, name: str, make: Callable[[Candidate, float], T]) -> T:
        """Make something of an installed plugin, within the time for loading. Raises `NotFound` or `PluginError`."""
        candidate = self._catalog.pick(group, name)
        made = self._noting(candidate, lambda: make(candidate, self._deadlines.load_seconds))
        self._failures.record_loaded(candidate)
        return made

    def stop(self) -> None:
        """Load no more, and stop the extensions that were started. May be called twice."""
        if self._is_stopped:
            return
        self._is_stopped = True
        for plugin in self._loaded[EXTENSIONS].made():
            try:
                plugin.stop(self._deadlines.stop_seconds)
            except PluginFault as fault:
                _log.warning("%s", fault)

    def _load(self, group: str, name: str) -> LoadedPlugin:
        if self._is_stopped:
            raise PluginError("The application is closed.", plugin=plugin_id(group, name))
        return self.prepare(group, name, self._started)

    def _started(self, candidate: Candidate, seconds: float) -> LoadedPlugin:
        plugin = load(candidate, self._context_for(candidate.id), seconds)
        plugin.start(self._deadlines.extension_seconds)
        return plugin

    def _noting(self, candidate: Candidate, run: Callable[[], T]) -> T:
        try:
            return run()
        except PluginFault as fault:
            if self._failures.record_fault(fault, candidate):
                _log.warning("%s", fault)
            raise
