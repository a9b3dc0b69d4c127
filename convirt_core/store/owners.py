"""Which process does a task, and whether it still lives.

A process number is used again after a while, so beside `pid@host` a mark is kept: the machine's boot, the
process namespace, and when the process started (proc(5), field 22 of `stat`). Without a /proc there is no
mark, and only the task's lease tells.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

_DEAD_STATES = ("Z", "X")  # ended, but not yet collected by its parent


def owner_name() -> str:
    """Return this process as `pid@host`, for `Task.owner`."""
    return f"{os.getpid()}@{socket.gethostname()}"


def owner_mark(owner: str) -> str:
    """Return what tells this process from a later one of the same number; empty for another's owner name."""
    started = _started(os.getpid())
    if owner != owner_name() or not started:
        return ""
    return f"{_boot()} {_namespace()} {started}"


def is_gone(owner: str, mark: str) -> bool:
    """Whether the process has certainly ended; False also when that cannot be known from here."""
    pid, _, host = owner.partition("@")
    if not mark or host != socket.gethostname():
        return False
    boot, namespace, started = mark.split(" ")
    if boot != _boot():
        return True
    return namespace == _namespace() and _started(int(pid)) != started and not _is_hidden(int(pid))


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _started(pid: int) -> str:
    """Return when a living process started, in clock ticks since the boot; empty if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in _DEAD_STATES else fields[18]


def _is_hidden(pid: int) -> bool:
    """Whether a process lives but /proc does not show it (mounted with hidepid)."""
    if Path(f"/proc/{pid}").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
