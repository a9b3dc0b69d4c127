"""Moving everything away from a server."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextlib import suppress
from enum import StrEnum
from queue import Empty, SimpleQueue
from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import field, frozen

from convirt_core.errors import Cancelled, ConvirtError, Refused
from convirt_core.model import MigrationOptions
from convirt_core.services.migration.choosing import Candidates
from convirt_core.services.migration.moving import Move

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from convirt_core.model import ManagedNode
    from convirt_core.services.lifecycle.guard import Guard
    from convirt_core.services.listed import ListedVM
    from convirt_core.services.migration.moving import Moved
    from convirt_core.services.migration.plan import Plan


class Order(StrEnum):
    """Which VM goes first."""

    NAME = "name"
    SMALLEST = "smallest"  # by memory: most are safe soon
    LARGEST = "largest"  # what is hardest to place finds room first


_KEYS: Mapping[Order, Callable[[ListedVM], tuple[int, str]]] = MappingProxyType(
    {
        Order.NAME: lambda listed: (0, listed.name),
        Order.SMALLEST: lambda listed: (listed.vm.memory_bytes, listed.name),
        Order.LARGEST: lambda listed: (-listed.vm.memory_bytes, listed.name),
    }
)


def in_order(vms: Iterable[ListedVM], order: Order) -> list[ListedVM]:
    """Return VMs as they go, the first in front."""
    return sorted(vms, key=_KEYS[order])


@frozen
class EvacuationOptions:
    """How a server is to be evacuated.

    :param migration: options of each migration; whether it is live is decided by the VM's state
    :param at_once: migrations at a time
    :param force: although errors stand against one; warnings never hold one back
    """

    migration: MigrationOptions = field(factory=MigrationOptions)
    order: Order = Order.NAME
    at_once: int = 1
    force: bool = False


@frozen
class Departure:
    """What became of one VM of a server that was evacuated.

    :param moved: None: it stayed
    :param destination: name of the server that it is on now; empty: where it was
    :param error: why it stayed
    """

    vm: ListedVM
    moved: Moved | None = None
    destination: str = ""
    error: ConvirtError | None = None


class Evacuation:
    """All VMs of a server go to others; one that cannot stays, and the next is tried.

    :param vms: in the order in which they go
    :param destinations: to choose from
    :param told: of each VM as soon as it has moved or stayed, in the thread that moved it
    """

    def __init__(
        self,
        guard: Guard,
        vms: Sequence[ListedVM],
        destinations: Sequence[ManagedNode],
        options: EvacuationOptions,
        *,
        folder: Path,
        told: Callable[[Departure], None],
    ) -> None:
        self._guard = guard
        self._vms = vms
        self._candidates = Candidates(guard, vms, destinations, options.migration)
        self._options = options
        self._folder = folder
        self._told = told
        self._stopped = threading.Event()

    def run(self) -> list[Departure]:
        """Move all; return what became of each, in their order.

        Ctrl-C stops those on their way, and waits until they are where they were; a second one does not wait.
        """
        leaving: SimpleQueue[tuple[ListedVM, Future[Departure]]] = SimpleQueue()
        departures = [Future[Departure]() for _ in self._vms]
        for pair in zip(self._vms, departures, strict=True):
            leaving.put(pair)
        threads = [self._begin(leaving, number) for number in range(self._at_once())]
        try:
            return [departure.result() for departure in departures]
        except BaseException:
            self._stopped.set()
            self._cancel_running()
            for thread in threads:
                thread.join()
            raise

    def _begin(self, leaving: SimpleQueue[tuple[ListedVM, Future[Departure]]], number: int) -> threading.Thread:
        """Move one after another in a daemon thread: an executor's would hold the process until all is done."""

        def work() -> None:
            with suppress(Empty):
                while True:
                    vm, departure = leaving.get_nowait()
                    try:
                        departure.set_result(self._depart(vm))
                    except BaseException as error:  # noqa: BLE001  belongs to whoever waits for the result
                        departure.set_exception(error)

        thread = threading.Thread(target=work, name=f"evacuate-{number}", daemon=True)
        thread.start()
        return thread

    def _at_once(self) -> int:
        """Return how many go at once: each holds a thread of its server, and one is left to look at it."""
        threads = [self._guard.servers.of(vm.server).platform.max_concurrency - 1 for vm in self._vms]
        return max(1, min([self._options.at_once, *threads]))

    def _depart(self, vm: ListedVM) -> Departure:
        try:
            self._refuse_if_stopped(vm)
            plan = self._choose(vm)
            move = Move(self._guard, plan, self._folder, deadline_seconds=None)
            moved = move.run(force=self._options.force, check=lambda: self._refuse_if_stopped(vm))
            departure = Departure(vm, moved, plan.destination.node.name)
        except ConvirtError as error:
            departure = Departure(vm, error=error)
        self._told(departure)
        return departure

    def _refuse_if_stopped(self, vm: ListedVM) -> None:
        if self._stopped.is_set():
            raise Cancelled(f"{vm.name} was not moved any more.")

    def _choose(self, vm: ListedVM) -> Plan:
        """Return the plan for the first destination that will do.

        :raises Refused: none will; it says what stands against the first
        """
        refusals = []
        for plan in self._candidates.plans(vm):
            try:
                plan.refuse(force=self._options.force)
            except Refused as error:
                refusals.append(error)
            else:
                return plan
            self._refuse_if_stopped(vm)
        raise refusals[0]

    def _cancel_running(self) -> None:
        ours = {vm.ref for vm in self._vms}
        for task in self._guard.tasks.list(running_only=True):
            if ours.intersection(task.vms):
                self._guard.tasks.cancel(task.id)
