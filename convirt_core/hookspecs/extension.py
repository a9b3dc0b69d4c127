"""What an extension does beside answering: start, stop, listen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.hookspecs.markers import hookspec
from convirt_core.hookspecs.platform import PluginSpec

if TYPE_CHECKING:
    from convirt_core.model import Event


class ExtensionSpec(PluginSpec):
    """Implemented by extensions only. An extension implements any of the other specs' checks as well."""

    @hookspec
    def convirt_start(self) -> None:
        """Begin. Called once, before any other hook of the extension.

        Example::

            @hookimpl
            def convirt_start(self) -> None:
                self.context.start_thread("toy-poll", self._poll)
        """
        raise NotImplementedError

    @hookspec
    def convirt_stop(self) -> None:
        """End; threads of the extension are told to finish.

        Example::

            @hookimpl
            def convirt_stop(self) -> None:
                self._stopping.set()
        """
        raise NotImplementedError

    @hookspec
    def convirt_event(self, event: Event) -> None:
        """Be told of an event of a server, in order for each server, within a deadline.

        Example::

            @hookimpl
            def convirt_event(self, event: Event) -> None:
                if event.state is VMState.CRASHED:
                    self.context.logger.warning("%s crashed", event.key)
        """
        raise NotImplementedError
