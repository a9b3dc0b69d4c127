"""Commands after which something is lost: it is named in full, by our question or on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from convirt_cli import options, targets
from convirt_core.errors import ConvirtError, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convirt_cli.exit_codes import ExitCode
    from convirt_cli.invocation import Invocation
    from convirt_core.services.listed import ListedVM

T = TypeVar("T")


def remove_each(
    run: Invocation,
    wanted: Sequence[str],
    find: Callable[[str], T],
    remove: Callable[[T], str],
    names_of: Callable[[T], Sequence[str]],
    *,
    question: str,
    yes: bool,
    said: Callable[[T], str] | None = None,
) -> ExitCode:
    """Find each target, ask once about all that were found, remove each; answer with a result for each.

    :param names_of: all names of a target in full
    :param question: with `{}` where the names belong
    :param yes: nobody is asked; then a name must be one in full
    :param said: what the question says of a target; None: its first name
    """
    told = said or (lambda thing: names_of(thing)[0])

    def look(name: str) -> T | ConvirtError:
        try:
            thing = find(name)
            in_full(name, names_of(thing), yes=yes)
        except ConvirtError as error:
            return error
        return thing

    found = {name: look(name) for name in wanted}
    doomed = [told(thing) for thing in found.values() if not isinstance(thing, ConvirtError)]
    if doomed:
        options.confirm(question.format(", ".join(dict.fromkeys(doomed))), yes=yes)

    def work(name: str) -> str:
        thing = found[name]
        if isinstance(thing, ConvirtError):
            raise thing
        return remove(thing)

    return targets.run_each(run, wanted, work)


def in_full(typed: str, names: Sequence[str], *, yes: bool) -> None:
    """Refuse the beginning of a name where nobody is asked: `web1` means `web10` once web1 itself is gone.

    :raises NotFound: `yes`, and what was typed is none of the names
    """
    if yes and typed not in names:
        raise NotFound(
            f"Nothing has the whole name {typed!r}: it is the beginning of {names[0]}.",
            remedy="With --yes, write the whole name.",
        )


def names_of_vm(listed: ListedVM) -> tuple[str, str, str]:
    """Return all names of a VM in full."""
    return f"{listed.server.name}/{listed.name}", listed.name, listed.ref.key
