"""Memory and processors of a running VM."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput, NotDone, ServerUnavailable
from convirt_core.services.lifecycle.asking import ask, unknown

if TYPE_CHECKING:
    from convirt_core.model import Change
    from convirt_core.services.lifecycle.guard import Attempt

MIB = 1 << 20

BALLOON_SECONDS = 30.0
"""How long a guest may take to give memory back, or to take what it is given."""

_PAUSE_SECONDS = 0.25


def set_live(attempt: Attempt, change: Change, done: list[str]) -> None:
    """Resize a running VM; add a sentence to `done` for each size that was seen."""
    if not change.where.live:
        return
    if "memory" in change.values:
        done.append(_set_memory(attempt, _count(change, "memory")))
    if "vcpus" in change.values:
        done.append(_set_vcpus(attempt, _count(change, "vcpus")))


def _set_memory(attempt: Attempt, mebibytes: int) -> str:
    key, size = attempt.ref.key, mebibytes * MIB
    ask(
        attempt.server,
        lambda _, vmm: vmm.set_memory_live(key, size),
        lambda vnode, _: vnode.vm(key).memory_bytes == size,
        f"the memory of {attempt.vm.name}",
    )
    seen = _memory_seen(attempt, size)
    if seen != size:
        raise NotDone(
            f"{attempt.vm.name} was asked to have {mebibytes} MiB and has {seen // MIB} MiB "
            f"{BALLOON_SECONDS:g} s later: its guest does not follow.",
            remedy="A guest needs a balloon driver for it. Else change the definition and start it anew.",
        )
    return f"{attempt.vm.name} was given {mebibytes} MiB while it runs."


def _memory_seen(attempt: Attempt, size: int) -> int:
    """Wait until a VM has so many bytes; return what it has then, or at the deadline."""
    deadline = time.monotonic() + BALLOON_SECONDS
    try:
        while (seen := attempt.server.look(lambda vnode: vnode.vm(attempt.ref.key)).memory_bytes) != size:
            if time.monotonic() >= deadline:
                break
            attempt.handle.check_cancelled()
            time.sleep(_PAUSE_SECONDS)
    except ServerUnavailable as error:
        raise unknown(attempt.server, f"the memory of {attempt.vm.name}", error) from error
    return seen


def _set_vcpus(attempt: Attempt, count: int) -> str:
    key = attempt.ref.key
    ask(
        attempt.server,
        lambda _, vmm: vmm.set_vcpus_live(key, count),
        lambda vnode, _: vnode.vm(key).vcpus == count,
        f"the processors of {attempt.vm.name}",
    )
    return f"{attempt.vm.name} was given {count} virtual processor{'s' if count > 1 else ''} while it runs."


def _count(change: Change, key: str) -> int:
    value = change.values[key]
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidInput(f"{key} must be a whole number above 0, not {value!r}.")
    return value
