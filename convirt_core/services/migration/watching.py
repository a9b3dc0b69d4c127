"""A migration while it goes on: telling how far it is, and ending one that shall not, or does not, go on."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from convirt_core.errors import Cancelled, NotDone, StoreError
from convirt_core.model import OPERATIONS, Capability
from convirt_core.services.migration.rates import Rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import MigrationProgress
    from convirt_core.services.migration.bound import Bound
    from convirt_core.services.tasks import TaskHandle

STALL_SECONDS = OPERATIONS[Capability.MIGRATE_LIVE].deadline_seconds
_MIB = 1 << 20
_logger = logging.getLogger("convirt.migration")


class Watch:
    """Told by the platform how far it is; what it raises ends the migration.

    :param name: the VM's
    :param bound: for all of it
    :param monotonic: seconds
    """

    def __init__(
        self,
        handle: TaskHandle,
        name: str,
        bound: Bound,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._handle = handle
        self._name = name
        self._bound = bound
        self._monotonic = monotonic
        self._moved_at = monotonic()
        self._seen: tuple[int, ...] = ()
        self._disk_rate = Rate(monotonic)
        self._stopped = threading.Event()

    def __call__(self, progress: MigrationProgress) -> None:
        """Tell how far it is. Raises `Cancelled`, `NotDone`."""
        if self._stopped.is_set():
            raise Cancelled(f"Nobody waits for the migration of {self._name} any more.")
        try:
            self._handle.progress(progress.fraction, self._message(progress))
        except StoreError as error:  # a busy inventory is no reason to end it
            _logger.warning("how far %s is could not be written: %s", self._name, error)
        self._refuse_stall(progress)
        self._bound.check()

    def stop(self) -> None:
        """End it at the next word."""
        self._stopped.set()

    def _message(self, progress: MigrationProgress) -> str:
        """Return the stage, and behind a colon how far it is."""
        parts = []
        if progress.disk_total_bytes and progress.disk_remaining_bytes:
            parts.append(_left(progress.disk_remaining_bytes, "disks", self._disk_bytes_per_second(progress)))
        if progress.memory_total_bytes:
            parts.append(_left(progress.memory_remaining_bytes, "memory", progress.memory_bytes_per_second))
            if progress.expected_downtime_milliseconds:
                parts.append(f"expected downtime {progress.expected_downtime_milliseconds} ms")
        return f"moves {self._name}: {', '.join(parts)}" if parts else f"moves {self._name}"

    def _disk_bytes_per_second(self, progress: MigrationProgress) -> int | None:
        """Return what the hypervisor says, else what was seen."""
        seen = self._disk_rate.bytes_per_second(progress.disk_remaining_bytes)
        return progress.disk_bytes_per_second or seen

    def _refuse_stall(self, progress: MigrationProgress) -> None:
        """Raise `NotDone` if nothing has been sent for long."""
        seen = (progress.memory_total_bytes, progress.memory_remaining_bytes, progress.disk_remaining_bytes)
        if seen != self._seen or not progress.is_measured:
            self._seen, self._moved_at = seen, self._monotonic()
        elif self._monotonic() - self._moved_at >= STALL_SECONDS:
            raise NotDone(
                f"Nothing of {self._name} has been sent for {STALL_SECONDS:g} s.",
                remedy="Look at the network between the servers.",
            )


def _left(remaining_bytes: int, what: str, bytes_per_second: int | None) -> str:
    """Return how much is left, and at which rate it goes, if that is known."""
    rate = "" if bytes_per_second is None else f" at {bytes_per_second / _MIB:.0f} MiB/s"
    return f"{remaining_bytes // _MIB} MiB of {what} left{rate}"
