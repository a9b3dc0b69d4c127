"""Import, make and validate one plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convirt_core.errors import ConvirtError
from convirt_core.plugins.faults import LateFault, PluginFault, guarded
from convirt_core.plugins.groups import EXTENSIONS
from convirt_core.plugins.hooks import HOOKS
from convirt_core.plugins.validation import (
    class_problem,
    command_problem,
    front_end_problem,
    new_manager,
    problems,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pluggy

    from convirt_core.hookspecs import FrontEnd, PluginContext, PluginSpec
    from convirt_core.plugins.candidates import Candidate


class LoadedPlugin:
    """A platform or extension in use.

    :param manager: its own, which knows no other plugin: routing, tagging and failure then need no filter over
        pluggy's calls, and one plugin's exception cannot end the call of another
    :ivar late: set once an extension has not answered in time: from then on it is not asked again, so that it
        costs its deadline once
    """

    def __init__(self, candidate: Candidate, manager: pluggy.PluginManager) -> None:
        self.candidate = candidate
        self.manager = manager
        self.late: LateFault | None = None

    @property
    def is_extension(self) -> bool:
        """Whether it is one, rather than a platform."""
        return self.candidate.group == EXTENSIONS

    def implements(self, hook: str) -> bool:
        """Whether the plugin answers a hook."""
        return bool(self._caller(hook).get_hookimpls())

    def ask(self, hook: str, arguments: Mapping[str, object], seconds: float) -> object:
        """Return the plugin's answer, of the type that the hook's spec names.

        :raises PluginFault: if it raised, was late, or answered something else
        :raises ConvirtError: as the plugin did
        """
        if self.late is not None:
            raise self.late.with_traceback(None)
        try:
            value = guarded(
                self.candidate, seconds, f"in {hook}", "ask", lambda: self._answer(hook, arguments), lets=ConvirtError
            )
        except LateFault as fault:
            self.late = fault if self.is_extension else None
            raise
        if complaint := HOOKS[hook].complaint(value):
            raise PluginFault(self.candidate, complaint, stage="ask")
        return value

    def start(self, seconds: float) -> None:
        """Let an extension begin. Raises `PluginFault`."""
        self._begin_or_end("convirt_start", seconds)

    def stop(self, seconds: float) -> None:
        """Let an extension end, unless it hangs already. Raises `PluginFault`."""
        if self.late is None:
            self._begin_or_end("convirt_stop", seconds)

    def _begin_or_end(self, hook: str, seconds: float) -> None:
        if self.is_extension and self.implements(hook):
            guarded(self.candidate, seconds, f"in {hook}", "load", lambda: self._answer(hook, {}))

    def _answer(self, hook: str, arguments: Mapping[str, object]) -> object:
        answers = self._caller(hook)(**arguments)
        return answers[0] if answers else None  # pluggy leaves None out

    def _caller(self, hook: str) -> pluggy.HookCaller:
        caller: pluggy.HookCaller = getattr(self.manager.hook, hook)
        return caller


def load(candidate: Candidate, context: PluginContext, seconds: float) -> LoadedPlugin:
    """Import a platform or extension, make its object and hold it to the contract.

    :param seconds: for the import, and again for the rest
    :raises PluginFault: naming distribution, version and reason
    """
    found = load_object(candidate, seconds)
    return guarded(candidate, seconds, "when it was made", "load", lambda: _made(candidate, found, context))


def load_front_end(candidate: Candidate, seconds: float) -> FrontEnd:
    """Import a front end and make its object. Raises `PluginFault`."""
    found = load_object(candidate, seconds)
    _hold(candidate, front_end_problem(found))
    return guarded(candidate, seconds, "when it was made", "load", cast("Callable[[], FrontEnd]", found))


def load_command(candidate: Candidate, seconds: float) -> object:
    """Import a command. Raises `PluginFault`."""
    found = load_object(candidate, seconds)
    _hold(candidate, command_problem(found))
    return found


def load_object(candidate: Candidate, seconds: float) -> object:
    """Import what the entry point names, whatever it is. Raises `PluginFault`."""
    return guarded(candidate, seconds, "on import", "load", candidate.load)


def _made(candidate: Candidate, found: object, context: PluginContext) -> LoadedPlugin:
    _hold(candidate, class_problem(found))
    plugin = cast("type[PluginSpec]", found)(context)
    manager = new_manager()
    _hold(candidate, "; ".join(problems(plugin, candidate.group, manager)))
    manager.register(plugin, candidate.id)
    manager.check_pending()
    return LoadedPlugin(candidate, manager)


def _hold(candidate: Candidate, complaint: str) -> None:
    if complaint:
        raise PluginFault(candidate, f"breaks the contract: {complaint}", stage="load")
