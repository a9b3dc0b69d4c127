"""The states of VMs, servers and tasks."""

from __future__ import annotations

from enum import StrEnum


class VMState(StrEnum):
    """What a VM is doing, as its hypervisor says."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"  # shutting down, still resident
    STOPPED = "stopped"
    SAVED = "saved"  # stopped, with its memory kept by the hypervisor; a start continues it
    SUSPENDED = "suspended"  # the guest put itself to sleep
    CRASHED = "crashed"
    ABSENT = "absent"  # not on this server (any more)
    UNKNOWN = "unknown"

    @property
    def is_resident(self) -> bool:
        """Whether the hypervisor holds the VM in memory."""
        return self in _RESIDENT


_RESIDENT = frozenset({VMState.RUNNING, VMState.PAUSED, VMState.STOPPING, VMState.SUSPENDED, VMState.CRASHED})


class ServerState(StrEnum):
    """What is known of the way to a server."""

    UNKNOWN = "unknown"  # never asked
    CONNECTING = "connecting"
    UP = "up"
    SUSPECT = "suspect"  # a call is late, or all workers wait
    DOWN = "down"


class TaskState(StrEnum):
    """How far a task has come."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # its process ended, its lease lapsed, or its server was lost: nobody saw its end

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self is not TaskState.RUNNING
