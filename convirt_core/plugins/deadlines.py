"""Run somebody else's code for at most so long."""

from __future__ import annotations

import threading
from contextvars import copy_context
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Deadlines(NamedTuple):
    """How long plugins may take.

    :param load_seconds: to import a plugin and make its object
    :param extension_seconds: for an extension to answer a hook
    :param platform_seconds: for a platform to answer a hook; it may ask a server
    :param stop_seconds: for an extension to end, and for the last events to be delivered
    :param check_seconds: for `plugin check` of one plugin, its process and all hooks included
    """

    load_seconds: float = 10.0
    extension_seconds: float = 5.0
    platform_seconds: float = 60.0
    stop_seconds: float = 2.0
    check_seconds: float = 40.0


class Late(Exception):
    """A call has not returned in time."""


class Left(Exception):
    """A call did not return but tried to end the thread or the process; the text says how."""


class _Call(threading.Thread, Generic[T]):
    """One call in a daemon thread, and what came of it."""

    value: T | None = None
    error: BaseException | None = None

    def __init__(self, call: Callable[[], T], name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._call = call
        self._context = copy_context()

    def run(self) -> None:
        """Call, and keep value or error."""
        try:
            self.value = self._context.run(self._call)
        except BaseException as error:  # noqa: BLE001  sys.exit() too: the caller must hear of it
            self.error = error


def within(seconds: float, call: Callable[[], T], *, name: str) -> T:
    """Return what `call` returns, or raise what it raises, or `Late` after `seconds`.

    The thread of a late call is abandoned and its result dropped. It is a daemon, so that it does not hold
    the process; one costs 160 µs, where a pool would wait at exit for what hangs.

    :param name: of the thread
    :raises Left: if the call raised what is no `Exception`, such as `SystemExit`
    """
    attempt = _Call(call, name)
    attempt.start()
    attempt.join(seconds)
    if attempt.is_alive():
        raise Late
    if attempt.error is None:
        return cast("T", attempt.value)
    if isinstance(attempt.error, Exception):
        raise attempt.error
    raise Left(_how(attempt.error)) from attempt.error


def _how(error: BaseException) -> str:
    return f"called sys.exit({error.code!r})" if isinstance(error, SystemExit) else f"raised {type(error).__name__}"
