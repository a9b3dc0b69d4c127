"""A front end: no hook, for one runs and none listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class FrontEnd(Protocol):
    """What an entry point of `convirt.frontends` names: a class without parameters.

    :ivar name: the entry point's
    :ivar summary: one line for `convirt plugin list`
    """

    name: str
    summary: str

    def run(self, open_application: Callable[[], object], arguments: Sequence[str]) -> int:
        """Run until the person leaves; return the exit code.

        :param open_application: opens a `convirt_core.app.Application`, a context manager
        :param arguments: of the command line, after the front end's name
        """
        ...
