"""A server with a toy hypervisor: what it holds."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from labs.plain_toy.config import ToyConfig

from convirt_core.model import Capability, Event, ManagedNode, MetricSnapshot, VMMetrics
from convirt_core.platforms import VM, NodeSession, VNode

if TYPE_CHECKING:
    from collections.abc import Callable

    from labs.plain_toy.hypervisor import Hypervisor, Machine

_C = Capability
CAPABILITIES = frozenset(
    {
        *(_C.START, _C.SHUTDOWN, _C.REBOOT, _C.KILL, _C.PAUSE, _C.RESUME, _C.SAVE, _C.RESTORE),
        *(_C.DEFINE, _C.REMOVE, _C.AUTOSTART, _C.SET_MEMORY, _C.SET_MEMORY_LIVE, _C.SET_VCPUS, _C.SET_BOOT_DEVICE),
        *(_C.ATTACH_DISK, _C.DETACH_DISK, _C.SNAPSHOT, _C.CLONE),
        *(_C.MIGRATE, _C.MIGRATE_LIVE, _C.MIGRATE_BANDWIDTH),
        *(_C.METRICS, _C.EVENTS, _C.SERIAL_CONSOLE),
    }
)


class ToyNode(VNode):
    """The toy of one server."""

    def __init__(self, node: ManagedNode, session: NodeSession, toy: Hypervisor) -> None:
        super().__init__(node, session)
        self.toy = toy

    def connect(self) -> None:
        self.toy.answers.wait()

    def close(self) -> None:
        pass

    @property
    def capabilities(self) -> frozenset[Capability]:
        return CAPABILITIES

    def host_uuid(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, self.node.name))

    def vms(self) -> list[VM]:
        self.toy.answers.wait()
        return [self.shown(key, machine) for key, machine in self.toy.machines.items()]

    def vm(self, key: str) -> VM:
        return self.shown(key, self.toy.machine(key))

    def shown(self, key: str, machine: Machine) -> VM:
        config = ToyConfig(machine.text)
        return VM(
            key,
            config.name,
            machine.state,
            self.capabilities,
            id=machine.run,
            autostart=machine.autostart,
            memory_bytes=memory_mib(machine) << 20,
            memory_limit_bytes=int(str(config.get("maxmem", config["memory"]))) << 20,
            vcpus=int(str(config["vcpus"])),
            boots=machine.boots,
        )

    def metric_snapshot(self) -> MetricSnapshot:
        snapshot = MetricSnapshot(time.monotonic(), 4, 8 << 30)
        for key, machine in self.toy.machines.items():
            machine.cpu_seconds += 0.1 * machine.state.is_resident
            shown = self.shown(key, machine)
            snapshot.vms.append(
                VMMetrics(
                    key,
                    shown.name,
                    shown.state,
                    cpu_seconds=machine.cpu_seconds,
                    vcpus=shown.vcpus,
                    memory_bytes=shown.memory_bytes,
                    memory_limit_bytes=shown.memory_limit_bytes,
                )
            )
        return snapshot

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        self.toy.listeners.append(listener)
        return lambda: self.toy.listeners.remove(listener)


def memory_mib(machine: Machine) -> int:
    """What a machine has now, or at its next start."""
    config = ToyConfig(machine.text)
    return machine.memory_mib if machine.run and machine.memory_mib else int(str(config["memory"]))
