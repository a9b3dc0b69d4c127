"""Waiting until an operation is seen done: by events, with polls as the net."""

from __future__ import annotations

import copy
import threading
import time
from typing import TYPE_CHECKING, Self

from convirt_core.errors import NotFound, ServerUnavailable
from convirt_core.model import Capability, Event, EventKind, Operation, VMState
from convirt_core.services.servers import READ_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from convirt_core.platforms import VM
    from convirt_core.services.lifecycle.absence import Absence
    from convirt_core.services.servers import Server

FIRST_POLL_SECONDS = 0.05
LONGEST_POLL_SECONDS = 1.0
SHORTEST_LOOK_SECONDS = 1.0
_RESTARTS = frozenset({Capability.REBOOT, Capability.RESET})


class Watch:
    """Looks at one VM from before an operation is asked for until it is seen done. A context manager.

    The platform's word counts first; where it has none, the operation is done in an accepted state, and a start
    also when an event told of the running VM that has stopped again since. A reboot that the platform has not
    counted is done when an event says so, when the VM runs under a new id, or, where the platform has no ids, was
    seen down and runs again.

    :param before: the VM as it was
    :param monotonic: seconds
    """

    def __init__(
        self, server: Server, before: VM, operation: Operation, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._server = server
        self._before = before
        self._operation = operation
        self._monotonic = monotonic
        self._woken = threading.Event()
        self._was_down = False
        self._was_running = False
        self._rebooted = False
        self._unsubscribe: Callable[[], None] | None = None
        self.last: VM | None = None
        self.error: ServerUnavailable | None = None

    def __enter__(self) -> Self:
        self._unsubscribe = self._server.subscribe(self._event)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()

    def until_done(self, seconds: float, check: Callable[[], None], *, absence: Absence | None = None) -> bool:
        """Wait at most so long; return whether it was seen done. `last` is the VM as it was read last.

        A server that does not answer is asked again; `error` says so if it did not answer the last time.

        :param check: called at each look; what it raises ends the wait
        :param absence: of the server, which ends the wait when it is too long; None: the server is waited for
        """
        deadline = self._monotonic() + seconds
        pause = FIRST_POLL_SECONDS
        while not self._look(deadline - self._monotonic()):
            remaining = deadline - self._monotonic()
            if remaining <= 0 or (absence is not None and absence.is_too_long()):
                return False
            check()
            self._woken.wait(min(pause, remaining))
            self._woken.clear()
            pause = min(2 * pause, LONGEST_POLL_SECONDS)
        return True

    def _look(self, remaining: float) -> bool:
        """Read the VM within the seconds that remain, or a moment; return whether the operation is done."""
        seconds = min(READ_SECONDS, max(SHORTEST_LOOK_SECONDS, remaining))
        try:
            now, verdict = self._server.call(
                lambda vnode, vmm: self._read(vnode.vm, vmm.is_done), deadline_seconds=seconds
            )
        except NotFound:
            now, verdict = _absent(self._before), None
        except ServerUnavailable as error:
            self.error = error
            return False
        self.error, self.last = None, now
        if not now.state.is_resident:
            self._was_down = True
        if verdict is None:
            return self._is_accepted(now)
        return verdict or (self._operation.capability in _RESTARTS and self._has_restarted(now))

    def _read(
        self, read: Callable[[str], VM], is_done: Callable[[Capability, VM, VM], bool | None]
    ) -> tuple[VM, bool | None]:
        now = read(self._before.key)
        return now, is_done(self._operation.capability, self._before, now)

    def _has_restarted(self, now: VM) -> bool:
        if self._rebooted:
            return True
        if now.state not in self._operation.accepted:
            return False
        if now.id is None:
            return self._was_down
        return now.id != self._before.id  # Xen tells of the old run's end while that still reads running

    def _is_accepted(self, now: VM) -> bool:
        accepted = self._operation.accepted
        ran_and_stopped = self._was_running and self._operation.capability is Capability.START
        return not accepted or now.state in accepted or ran_and_stopped

    def _event(self, event: Event) -> None:
        if event.key != self._before.key:
            return
        if event.kind is EventKind.REBOOT:
            self._rebooted = True
        if event.state is VMState.RUNNING:
            self._was_running = True
        elif event.kind is EventKind.STATE and not event.state.is_resident:
            self._was_down = True
        self._woken.set()


def _absent(before: VM) -> VM:
    gone = copy.copy(before)
    gone.state = VMState.ABSENT
    gone.id = None
    return gone
