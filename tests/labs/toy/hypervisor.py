"""A hypervisor in memory, which breaks as a test wants it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from attrs import define, field

from convirt_core.errors import NotFound
from convirt_core.model import Capability, Disk, Event, EventKind, MigrationProgress, Snapshot, VMState

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from convirt_core.platforms import NodeSession

ALL = frozenset(Capability) - {Capability.SERIAL_CONSOLE, Capability.GRAPHICAL_CONSOLE}


@define
class Machine:
    """One VM of the toy."""

    values: dict[str, object]
    state: VMState = VMState.STOPPED
    run: int = 0
    boots: int = 0
    autostart: bool = False
    protected: bool = False
    memory_bytes: int = 0
    disks: list[Disk] = field(factory=list)
    snapshots: list[Snapshot] = field(factory=list)


class Hypervisor:
    """One server's toy. A test reaches in: `deaf`, `hang`, `broken`, `events`, `reboots_by_stopping`."""

    def __init__(self) -> None:
        self.machines: dict[str, Machine] = {}
        self.listeners: list[Callable[[Event], None]] = []
        self.asked: list[str] = []
        self.connections = 0
        self.cpu_percent: float | None = None
        self.memory_free_bytes: int | None = None
        self.host_uuid = str(uuid.uuid4())
        self.networks: list[str] = []
        self.capabilities = ALL
        self.deaf = False
        self.reboots_by_stopping = False
        self.tells_of_an_end_early = False
        self.dies_at_once = False
        self.sends_events = True
        self.hang: dict[str, threading.Event] = {}
        self.errors: dict[str, list[Exception]] = {}
        self.sessions: list[NodeSession] = []
        self.runs = 0
        self.migration_steps: list[MigrationProgress] = []
        self.on_their_way: set[str] = set()

    def enter(self, name: str) -> None:
        """Be called: wait or fail as the test wants."""
        self.asked.append(name)
        if name in self.hang:
            self.hang[name].wait(20)
        if self.errors.get(name):
            raise self.errors[name].pop(0)

    def machine(self, key: str) -> Machine:
        try:
            return self.machines[key]
        except KeyError:
            raise NotFound(f"no VM {key}") from None

    def go(self, key: str, state: VMState) -> None:
        """Change a VM's state and tell it."""
        machine = self.machine(key)
        if state.is_resident and not machine.state.is_resident:
            self.runs += 1
            machine.run = self.runs
        machine.state = state
        self.tell(Event("", EventKind.STATE, key, state))

    def tell(self, event: Event) -> None:
        for listener in self.listeners if self.sends_events else ():
            listener(event)
