"""libvirt's lifecycle events in our words.

Numbers: libvirt, `include/libvirt/libvirt-domain.h` (`virDomainEventType`, `virDomainEvent…DetailType`); a tuple's
index is the number.
"""

from __future__ import annotations

from convirt_core.model import EventKind, VMState

_EVENTS: tuple[tuple[EventKind, VMState, tuple[str, ...]], ...] = (
    (EventKind.DEFINED, VMState.UNKNOWN, ("added", "updated", "renamed", "from snapshot")),
    (EventKind.REMOVED, VMState.ABSENT, ("removed",)),
    (EventKind.STATE, VMState.RUNNING, ("booted", "migrated", "restored", "from snapshot", "woken up")),
    (
        EventKind.STATE,
        VMState.PAUSED,
        (
            *("paused", "migrated", "I/O error", "watchdog", "restored", "from snapshot", "API error"),
            *("post-copy", "post-copy failed"),
        ),
    ),
    (EventKind.STATE, VMState.RUNNING, ("unpaused", "migrated", "from snapshot", "post-copy")),
    (
        EventKind.STATE,
        VMState.STOPPED,
        ("shut down", "killed", "crashed", "migrated", "saved", "failed", "from snapshot"),
    ),
    (EventKind.STATE, VMState.STOPPING, ("finished", "by the guest", "by the host")),
    (EventKind.STATE, VMState.SUSPENDED, ("to memory", "to disk")),
    (EventKind.STATE, VMState.CRASHED, ("panicked", "crash loaded")),
)
_RENAMED_AWAY = (1, 1)


def lifecycle(event: int, detail: int) -> tuple[EventKind, VMState, str] | None:
    """Return kind, state and detail of a lifecycle event, or None for one that says nothing to us.

    A rename comes as a removal of the old name and a definition of the new one: the first is nothing.
    """
    if event >= len(_EVENTS) or (event, detail) == _RENAMED_AWAY:
        return None
    kind, state, details = _EVENTS[event]
    return kind, state, details[detail] if detail < len(details) else ""
