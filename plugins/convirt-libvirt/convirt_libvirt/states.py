"""libvirt's states and reasons in our words.

Numbers: libvirt, `include/libvirt/libvirt-domain.h` (`virDomainState`, `virDomain…Reason`); a tuple's index is
the number.
"""

from __future__ import annotations

from convirt_core.model import VMState

SHUT_OFF = 5
"""`VIR_DOMAIN_SHUTOFF`."""

_STATES = (
    VMState.UNKNOWN,
    VMState.RUNNING,
    VMState.RUNNING,  # blocked: waits for its devices
    VMState.PAUSED,
    VMState.STOPPING,
    VMState.STOPPED,
    VMState.CRASHED,
    VMState.SUSPENDED,
)
_REASONS: tuple[tuple[str, ...], ...] = (
    ("",),
    (
        *("", "booted", "migrated", "restored", "from snapshot", "unpaused", "migration cancelled"),
        *("save cancelled", "woken up", "crashed", "post-copy", "post-copy failed"),
    ),
    ("",),
    (
        *("", "paused by user", "migrating", "saving", "dumping", "I/O error", "watchdog", "from snapshot"),
        *("shutting down", "taking a snapshot", "crashed", "starting up", "post-copy", "post-copy failed"),
        "API error",
    ),
    ("", "asked to shut down"),
    ("", "shut down", "killed", "crashed", "migrated", "saved", "failed to start", "from snapshot", "libvirtd"),
    ("", "panicked"),
    ("",),
)


def vm_state(state: int, *, has_saved_memory: bool) -> VMState:
    """Return our state for libvirt's."""
    if state == SHUT_OFF and has_saved_memory:
        return VMState.SAVED
    return _STATES[state] if state < len(_STATES) else VMState.UNKNOWN


def reason_word(state: int, reason: int) -> str:
    """Return how a VM came into its state, or an empty string."""
    reasons = _REASONS[state] if state < len(_REASONS) else ()
    return reasons[reason] if reason < len(reasons) else ""
