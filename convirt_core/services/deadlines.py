"""How long operations on a VM may take: as it is said, else as its record says, else as is usual."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.errors import InvalidInput
from convirt_core.model import OPERATIONS, Capability, InfoSection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.model import VMRecord

_PREFIX = "deadline."
_LONGEST_SECONDS = 7 * 24 * 3600.0

# A migration takes as long as there is to send; its deadline is for the silence, which is not the VM's.
_OPERATIONS = {
    capability.value: capability for capability in OPERATIONS if not capability.value.startswith(Capability.MIGRATE)
}


def deadline(record: VMRecord | None, capability: Capability, given: float | None) -> float:
    """Return the seconds until an operation must be seen done: as given, else the VM's own, else the usual.

    :raises InvalidInput: for a VM's own that is no number above 0
    """
    if given is not None:
        return given
    own = record.settings.get(_PREFIX + capability) if record else None
    if own is None:
        return OPERATIONS[capability].deadline_seconds
    seconds = _seconds(own)
    if seconds is None:
        raise InvalidInput(f"The {_PREFIX}{capability} of the VM is no number of seconds: {own!r}.")
    return seconds


def with_deadlines(record: VMRecord, deadlines: Mapping[str, str]) -> VMRecord:
    """Return a record with deadlines of the VM's own.

    :param deadlines: operation, such as `shutdown` → seconds; empty: the usual one again
    :raises InvalidInput: there is no such operation, or it is no time
    """
    settings = dict(record.settings)
    for operation, words in deadlines.items():
        if operation not in _OPERATIONS:
            raise InvalidInput(
                f"{operation!r} is no operation with a deadline.", remedy=f"Those are: {', '.join(_OPERATIONS)}."
            )
        settings.pop(_PREFIX + operation, None)
        if words:
            settings[_PREFIX + operation] = _checked(operation, words)
    return evolve(record, settings=settings)


def deadline_sections(record: VMRecord | None) -> list[InfoSection]:
    """Return a section with the VM's own deadlines, or none if it has no own."""
    own = {name: record.settings.get(_PREFIX + name) for name in _OPERATIONS} if record else {}
    rows = tuple((f"{name.replace('-', '_')}_seconds", name, _seconds(text)) for name, text in own.items() if text)
    return [InfoSection("Deadlines of its own", rows)] if rows else []


def _checked(operation: str, words: str) -> str:
    seconds = _seconds(words)
    if seconds is None or seconds > _LONGEST_SECONDS:
        raise InvalidInput(
            f"{words!r} cannot be the deadline of {operation}.",
            remedy=f"Write seconds, up to {_LONGEST_SECONDS:.0f} (a week).",
        )
    return f"{seconds:.10g}"


def _seconds(words: str) -> float | None:
    """Return a number above 0, or None for anything else."""
    try:
        seconds = float(words)
    except ValueError:
        return None
    return seconds if seconds > 0 and math.isfinite(seconds) else None
