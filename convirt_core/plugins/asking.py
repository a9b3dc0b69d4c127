"""Ask plugins through their hooks. A call names the spec's method and is typed from it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from convirt_core.errors import NotSupported
from convirt_core.plugins.answers import Answer, findings_of
from convirt_core.plugins.deliveries import Deliveries
from convirt_core.plugins.groups import EXTENSIONS, PLATFORMS
from convirt_core.plugins.hooks import HOOKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convirt_core.model import Finding
    from convirt_core.plugins.catalog import Catalog
    from convirt_core.plugins.running import Running

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger("convirt.plugins")


class Asking:
    """The half of `Plugins` that asks. Any thread.

    A hook is named by its spec's method, so that a type checker sees arguments and answer::

        vnode = plugins.call("kvm", VNodeSpec.convirt_create_vnode, node=node, session=session)

    Not for loops over VMs: a call costs some 200 µs for each plugin asked, most of it for the deadline's thread.
    """

    def __init__(self, catalog: Catalog, running: Running) -> None:
        self._catalog = catalog
        self._running = running
        self._deliveries = Deliveries()

    def call(self, platform: str, hook: Callable[Concatenate[Any, P], T], *_: P.args, **arguments: P.kwargs) -> T:
        """Return a platform's own answer to a hook.

        :param hook: the spec's method
        :raises NotFound: if no such platform is installed
        :raises NotSupported: if the platform does not implement the hook
        :raises PluginError: if it cannot be used, raised, was late, or answered something else
        :raises ConvirtError: as the platform did
        """
        plugin = self._running.get(PLATFORMS, platform)
        if not plugin.implements(hook.__name__):
            raise NotSupported(f"The plugin {plugin.candidate.title} does not offer {hook.__name__}.")
        return cast("T", self._running.ask(plugin, hook.__name__, arguments))

    def ask(
        self, platform: str, hook: Callable[Concatenate[Any, P], T], *_: P.args, **arguments: P.kwargs
    ) -> list[Answer[T]]:
        """Ask a platform, then every extension that implements the hook, by name.

        A failure is that plugin's answer. One that could not be loaded answers too: what it would have said
        is not known.
        """
        answers = self._running.answers(PLATFORMS, [platform], hook.__name__, arguments)
        return cast("list[Answer[T]]", answers + self._ask_extensions(hook.__name__, arguments))

    def ask_platforms(
        self, hook: Callable[Concatenate[Any, P], T], *_: P.args, **arguments: P.kwargs
    ) -> list[Answer[T]]:
        """Ask every platform that implements the hook, by name, such as whether it knows a server."""
        names = self._catalog.enabled(PLATFORMS)
        return cast("list[Answer[T]]", self._running.answers(PLATFORMS, names, hook.__name__, arguments))

    def findings(
        self,
        platform: str,
        hook: Callable[Concatenate[Any, P], Sequence[Finding]],
        *_: P.args,
        **arguments: P.kwargs,
    ) -> list[Finding]:
        """Ask as `ask` does, and return all findings, each with its plugin.

        A plugin that failed or was late is an error finding `plugin-failed`: nobody has checked in its place.
        """
        return findings_of(self.ask(platform, hook, *_, **arguments))

    def tell(self, hook: Callable[Concatenate[Any, P], None], *_: P.args, **arguments: P.kwargs) -> None:
        """Announce something to every extension that implements the hook: in order, soon, from another thread."""
        self._deliveries.put(lambda: self._deliver(hook.__name__, arguments))

    def _ask_extensions(self, hook: str, arguments: Mapping[str, object]) -> list[Answer[object]]:
        if not HOOKS[hook].is_for_extensions:
            return []
        return self._running.answers(EXTENSIONS, self._catalog.enabled(EXTENSIONS), hook, arguments)

    def _deliver(self, hook: str, arguments: Mapping[str, object]) -> None:
        for answer in self._ask_extensions(hook, arguments):
            if answer.error is not None:
                _log.debug("%s was not told: %s", answer.plugin, answer.error)
