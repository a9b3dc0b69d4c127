"""How `convirt` ends: one number for each kind of failure. `docs/reference/exit-codes.md` explains them."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from convirt_core import errors

if TYPE_CHECKING:
    from collections.abc import Iterable


class ExitCode(IntEnum):
    """What a script reads in `$?`. The numbers are part of the interface and never change."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 4
    UNAVAILABLE = 5
    UNKNOWN = 6
    STORE = 7
    PLUGIN = 8
    PARTLY = 9
    INTERRUPTED = 130


# Where the documented hierarchy lives; a class from elsewhere is told as the one it was made from.
_PUBLIC = frozenset({"convirt_core.errors", "convirt_core.model.findings"})

# The first that fits counts, so that a subclass stands before its base.
_BY_KIND: tuple[tuple[type[errors.ConvirtError], ExitCode], ...] = (
    (errors.InvalidInput, ExitCode.USAGE),
    (errors.NotFound, ExitCode.NOT_FOUND),
    (errors.Refused, ExitCode.REFUSED),
    (errors.NotDone, ExitCode.UNKNOWN),
    (errors.ServerUnavailable, ExitCode.UNAVAILABLE),
    (errors.OutcomeUnknown, ExitCode.UNKNOWN),
    (errors.Cancelled, ExitCode.UNKNOWN),
    (errors.StoreError, ExitCode.STORE),
    (errors.PluginError, ExitCode.PLUGIN),
)


def exit_code_of(error: errors.ConvirtError) -> ExitCode:
    """Return the code of one failure."""
    return next((code for kind, code in _BY_KIND if isinstance(error, kind)), ExitCode.FAILED)


def exit_code_of_all(outcomes: list[errors.ConvirtError | None]) -> ExitCode:
    """Return the code of several targets: the one that all share, or `PARTLY`. None is a success."""
    return together(ExitCode.DONE if error is None else exit_code_of(error) for error in outcomes)


def together(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code that all share, or `PARTLY`; `DONE` for none at all."""
    different = set(codes)
    if len(different) > 1:
        return ExitCode.PARTLY
    return different.pop() if different else ExitCode.DONE


def kind_of(error: errors.ConvirtError) -> str:
    """Return the stable word for a failure in JSON: its public class in lower case, such as `already-exists`."""
    public = next(kind for kind in type(error).__mro__ if kind.__module__ in _PUBLIC)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", public.__name__).lower()
