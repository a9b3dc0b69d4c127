"""The plugins of one application: the only way to a plugin's code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from convirt_core.errors import ConvirtError, NotFound
from convirt_core.hookspecs import PlatformSpec
from convirt_core.plugins.answers import Answer
from convirt_core.plugins.asking import Asking
from convirt_core.plugins.catalog import Catalog
from convirt_core.plugins.deadlines import Deadlines
from convirt_core.plugins.failures import FailureLog
from convirt_core.plugins.groups import COMMANDS, EXTENSIONS, FRONT_ENDS, PLATFORMS, plugin_id
from convirt_core.plugins.loading import load_command, load_front_end
from convirt_core.plugins.remembered import RememberedDiscovery, discover_from_metadata
from convirt_core.plugins.running import Running

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from convirt_core.hookspecs import FrontEnd, PluginContext
    from convirt_core.platforms import Platform
    from convirt_core.plugins.candidates import Candidate
    from convirt_core.plugins.statuses import PluginStatus


class Plugins(Asking):
    """Finds, loads, asks and checks plugins. Any thread; nothing is searched or imported before it is needed.

    :param context_for: makes the context of the plugin with this id
    :param failures: where results are kept for `list`
    :param disabled: ids such as `platforms:kvm` and `dist:convirt-foo`
    :param find: returns what is installed
    """

    def __init__(
        self,
        *,
        context_for: Callable[[str], PluginContext],
        failures: FailureLog,
        disabled: Iterable[str] = (),
        find: Callable[[], Sequence[Candidate]] = discover_from_metadata,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._deadlines = deadlines or Deadlines()
        catalog = Catalog(find, disabled)
        super().__init__(catalog, Running(catalog, failures, context_for, self._deadlines))
        self._failures = failures
        self._context_for = context_for

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        context_for: Callable[[str], PluginContext],
        disabled: Iterable[str] = (),
        deadlines: Deadlines | None = None,
    ) -> Self:
        """Return the plugins of this installation.

        :param folder: for what was found and what became of it; made when first written to
        """
        return cls(
            context_for=context_for,
            failures=FailureLog(folder / "results.json"),
            disabled=disabled,
            find=RememberedDiscovery(folder / "found.json"),
            deadlines=deadlines,
        )

    def platforms(self) -> builtins.list[str]:
        """Names of the platforms that can be used, sorted. Imports none."""
        return self._catalog.usable(PLATFORMS)

    def platform(self, name: str) -> Platform:
        """Return what a platform says of itself.

        :raises NotFound: if none of this name is installed
        :raises PluginError: if it cannot be used
        """
        return self.call(name, PlatformSpec.convirt_platform)

    def front_end_names(self) -> builtins.list[str]:
        """Names of the front ends that can be used, sorted. Imports none."""
        return self._catalog.usable(FRONT_ENDS)

    def load_front_end(self, name: str) -> FrontEnd:
        """Import a front end and make its object. Raises `NotFound` or `PluginError`."""
        return self._running.prepare(FRONT_ENDS, name, load_front_end)

    def command_names(self) -> builtins.list[str]:
        """Names of the commands that can be used, sorted. Imports none."""
        return self._catalog.usable(COMMANDS)

    def load_command(self, name: str) -> object:
        """Import a command; what it is, the CLI knows. Raises `NotFound` or `PluginError`."""
        return self._running.prepare(COMMANDS, name, load_command)

    def list(self) -> builtins.list[PluginStatus]:
        """How every installed plugin stands, by group and name. Imports none."""
        from convirt_core.plugins.statuses import status  # noqa: PLC0415  for these two commands only

        return [status(candidate, self._catalog, self._failures) for candidate in self._catalog.candidates]

    def check(self, ids: Iterable[str] | None = None) -> builtins.list[PluginStatus]:
        """Import and rehearse plugins, each in a process of its own, and keep the results.

        :param ids: such as `platforms:kvm`; all, if None. One that may not be used anyway is not imported
        :raises NotFound: for an id that is not installed
        """
        from convirt_core.plugins.checking import check_each  # noqa: PLC0415  likewise

        wanted = self._wanted(ids)
        usable = [each for each in self.list() if each.id in wanted and each.may_be_imported]
        candidates = [self._catalog.pick(each.group, each.name) for each in usable]
        for result in check_each(candidates, lambda each: self._context_for(each.id).settings, self._deadlines):
            self._failures.record(result.candidate, result.reason, result.stage)
        return [each for each in self.list() if each.id in wanted]

    def start_extensions(self) -> builtins.list[Answer[None]]:
        """Load and start all extensions now, as a front end does that stays open. One that fails is reported."""
        return [self._start(name) for name in self._catalog.enabled(EXTENSIONS)]

    def start_extensions_soon(self) -> None:
        """Likewise from the thread that tells them of events, before anything else is told."""

        def start() -> None:
            self.start_extensions()  # what failed is noted, and logged when it is new

        self._deliveries.put(start)

    def close(self) -> None:
        """Deliver what was told, and stop the extensions that were started. May be called twice."""
        self._deliveries.close(self._deadlines.stop_seconds)
        self._running.stop()

    def _start(self, name: str) -> Answer[None]:
        try:
            self._running.get(EXTENSIONS, name)
        except ConvirtError as error:
            return Answer(plugin_id(EXTENSIONS, name), error=error)
        return Answer(plugin_id(EXTENSIONS, name))

    def _wanted(self, ids: Iterable[str] | None) -> set[str]:
        installed = {candidate.id for candidate in self._catalog.candidates}
        wanted = installed if ids is None else set(ids)
        if unknown := sorted(wanted - installed):
            known = ", ".join(sorted(installed)) or "none"
            raise NotFound(f"No plugin {unknown[0]!r} is installed.", remedy=f"Installed: {known}.")
        return wanted
