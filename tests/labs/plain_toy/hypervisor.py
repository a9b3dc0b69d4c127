"""A hypervisor in memory: what its own tool would see, whatever its platform claims."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

from attrs import define, field

from convirt_core.errors import NotFound, WrongState
from convirt_core.model import Event, EventKind, MigrationOptions, Snapshot, VMState

if TYPE_CHECKING:
    from collections.abc import Callable


@define(eq=False)
class Machine:
    """One VM: its definition as text, and how it runs."""

    text: str
    state: VMState = VMState.STOPPED
    run: int | None = None
    boots: int = 0
    autostart: bool = False
    memory_mib: int = 0
    cpu_seconds: float = 0.0
    is_deaf: bool = False
    line: threading.Lock = field(factory=threading.Lock)
    snapshots: list[Snapshot] = field(factory=list)
    kept: dict[str, tuple[str, VMState]] = field(factory=dict)
    """By the name of a snapshot: text and state."""
    way: MigrationOptions | None = None
    """How it moves at this moment."""


class Hypervisor:
    """All machines of one host. Any thread."""

    def __init__(self) -> None:
        self.machines: dict[str, Machine] = {}
        self.listeners: list[Callable[[Event], None]] = []
        self.answers = threading.Event()
        self.answers.set()
        self._runs = itertools.count(1)

    def machine(self, key: str) -> Machine:
        """Return a machine; waits while the hypervisor hangs."""
        self.answers.wait()
        if key not in self.machines:
            raise NotFound(f"There is no machine {key}.")
        return self.machines[key]

    def go(self, key: str, allowed: set[VMState], state: VMState, *, boots: bool = True) -> Machine:
        """Take a machine from one of some states to another, and tell who listens.

        :param boots: one that begins to run boots; False: it goes on from where it was
        """
        machine = self.machine(key)
        if machine.state not in allowed:
            raise WrongState(f"The machine {key} is {machine.state}.")
        if state.is_resident and not machine.state.is_resident:
            machine.run, machine.boots = next(self._runs), machine.boots + boots
        if not state.is_resident:
            machine.run = None
        machine.state = state
        for listener in list(self.listeners):
            listener(Event("", EventKind.STATE, key, state))
        return machine
