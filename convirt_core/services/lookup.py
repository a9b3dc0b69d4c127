"""Names as people type them: exact, or a prefix that only one thing has."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from convirt_core.errors import Ambiguous, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")


def find_by_name(things: Iterable[T], name: str, what: str, name_of: Callable[[T], str]) -> T:
    """Return the thing of this name, or the only one whose name begins so.

    :param what: for messages, such as `pool`
    :raises NotFound: there is none
    :raises Ambiguous: there are several; the message lists them
    """
    candidates = list(things)
    exact = [thing for thing in candidates if name_of(thing) == name]
    found = exact or [thing for thing in candidates if name and name_of(thing).startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(sorted(name_of(thing) for thing in found))
        raise Ambiguous(f"{name!r} could be any of the {what}s {names}.", remedy="Type more of the name.")
    raise NotFound(f"There is no {what} {name!r}.", remedy=f"See 'convirt {what} list'.")
