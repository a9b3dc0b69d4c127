"""A server with a toy hypervisor, as a platform shows it: its VMs, and what is done with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from labs.toy.config import ToyConfig
from labs.toy.hypervisor import Hypervisor, Machine

from convirt_core.errors import Conflict, OperationFailed
from convirt_core.model import (
    Capability,
    Disk,
    Event,
    EventKind,
    HypervisorFacts,
    ManagedNode,
    MetricSnapshot,
    MigrationOptions,
    MigrationProgress,
    Snapshot,
    VMMetrics,
    VMState,
)
from convirt_core.platforms import VM, VMM, NodeSession, VMConfig, VMInfo, VNode

if TYPE_CHECKING:
    from collections.abc import Callable


class ToyNode(VNode):
    def __init__(self, node: ManagedNode, session: NodeSession, toy: Hypervisor) -> None:
        super().__init__(node, session)
        self.toy = toy
        toy.sessions.append(session)

    def connect(self) -> None:
        self.toy.enter("connect")
        self.toy.connections += 1

    def close(self) -> None:
        self.toy.asked.append("close")

    @property
    def capabilities(self) -> frozenset[Capability]:
        return self.toy.capabilities

    def host_uuid(self) -> str:
        return self.toy.host_uuid

    def ping(self) -> None:
        self.toy.enter("ping")

    def vms(self) -> list[VM]:
        self.toy.enter("vms")
        return [self._vm(key, machine) for key, machine in self.toy.machines.items()]

    def vm(self, key: str) -> VM:
        self.toy.enter("vm")
        return self._vm(key, self.toy.machine(key))

    def metric_snapshot(self) -> MetricSnapshot:
        self.toy.enter("metrics")
        cpu = float(self.toy.asked.count("metrics"))
        vms = [VMMetrics(key, str(each.values["name"]), each.state, cpu) for key, each in self.toy.machines.items()]
        free = self.toy.memory_free_bytes
        return MetricSnapshot(10.0 * cpu, 4, 8 << 30, free, self.toy.cpu_percent, vms)

    def networks(self) -> list[str]:
        self.toy.enter("networks")
        return self.toy.networks

    def hypervisor_facts(self) -> HypervisorFacts:
        return HypervisorFacts(memory_free_bytes=self.toy.memory_free_bytes)

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        self.toy.listeners.append(listener)
        return lambda: self.toy.listeners.remove(listener)

    def _vm(self, key: str, machine: Machine) -> VM:
        return VM(
            key,
            str(machine.values["name"]),
            machine.state,
            self.toy.capabilities,
            id=machine.run if machine.state.is_resident else None,
            boots=machine.boots,
            protected=machine.protected,
            autostart=machine.autostart,
            memory_bytes=machine.memory_bytes or int(str(machine.values.get("memory", 0))) << 20,
        )


class ToyVMM(VMM):
    reboots_are_new_runs = True

    @property
    def toy(self) -> Hypervisor:
        assert isinstance(self.vnode, ToyNode)
        return self.vnode.toy

    def start(self, key: str) -> None:
        self.toy.enter("start")
        self.toy.go(key, VMState.RUNNING)
        if self.toy.dies_at_once:
            self.toy.go(key, VMState.STOPPED)

    def shutdown(self, key: str) -> None:
        self.toy.enter("shutdown")
        if not self.toy.deaf:
            self.toy.go(key, VMState.STOPPED)

    def reboot(self, key: str) -> None:
        self.toy.enter("reboot")
        if self.toy.reboots_by_stopping:
            self.toy.go(key, VMState.STOPPED)
            self.toy.go(key, VMState.RUNNING)
        elif self.toy.tells_of_an_end_early:
            self.toy.tell(Event("", EventKind.STATE, key, VMState.STOPPED))
        elif not self.toy.deaf:
            self.toy.machine(key).boots += 1

    def kill(self, key: str) -> None:
        self.toy.enter("kill")
        self.toy.go(key, VMState.STOPPED)

    def pause(self, key: str) -> None:
        self.toy.enter("pause")
        self.toy.go(key, VMState.PAUSED)

    def resume(self, key: str) -> None:
        self.toy.enter("resume")
        self.toy.go(key, VMState.RUNNING)

    def save(self, key: str, path: str) -> None:
        self.toy.enter("save")
        Path(path).write_text(key)
        self.toy.go(key, VMState.STOPPED)

    def saved_key(self, path: str) -> str:
        return Path(path).read_text()

    def restore(self, path: str) -> None:
        self.toy.go(Path(path).read_text(), VMState.RUNNING)

    def define(self, config: VMConfig) -> str:
        self.toy.enter("define")
        self.toy.machines[config.key] = Machine(dict(config), disks=config.disks())
        self._after("defined")
        return config.key

    def config(self, key: str) -> VMConfig:
        machine = self.toy.machine(key)
        return ToyConfig(dict(machine.values), machine.disks, is_new=False).remember_digest()

    def write_config(self, config: VMConfig) -> None:
        self.toy.enter("write_config")
        if self.config(config.key).digest != config.digest:
            raise Conflict("The definition was changed by someone else meanwhile.")
        self.toy.machine(config.key).values = dict(config)

    def info(self, key: str) -> VMInfo:
        return VMInfo(self.toy.machine(key).values, disks=[], nics=[])

    def remove(self, key: str) -> None:
        self.toy.enter("remove")
        del self.toy.machines[key]

    def set_autostart(self, key: str, enabled: bool) -> None:
        self.toy.machine(key).autostart = enabled

    def set_memory_live(self, key: str, memory_bytes: int) -> None:
        self.toy.enter("set_memory_live")
        self.toy.asked.append(f"live memory {memory_bytes}")
        if not self.toy.deaf:
            self.toy.machine(key).memory_bytes = memory_bytes

    def attach_disk(self, key: str, disk: Disk, *, live: bool, stored: bool) -> None:
        self.toy.enter("attach_disk")
        self.toy.machine(key).disks.append(disk)

    def snapshots(self, key: str) -> list[Snapshot]:
        return self.toy.machine(key).snapshots

    def create_snapshot(self, key: str, name: str, description: str) -> None:
        machine = self.toy.machine(key)
        machine.snapshots.append(Snapshot(name, 0.0, machine.state.value, description))
        self._after("snapshot taken")

    def revert_to_snapshot(self, key: str, name: str) -> None:
        self.toy.enter("revert")
        if self.toy.dies_at_once:
            self.toy.go(key, VMState.STOPPED)
            raise OperationFailed(f"{name} cannot be read.")

    def migrate(
        self, key: str, destination: VMM, options: MigrationOptions, *, progress: Callable[[MigrationProgress], None]
    ) -> None:
        self.toy.enter("migrate")
        for step in self.toy.migration_steps:
            progress(step)
        assert isinstance(destination, ToyVMM)
        destination.toy.machines[key] = self.toy.machines.pop(key)
        self._after("migrated")

    def is_migrating(self, key: str) -> bool:
        return key in self.toy.on_their_way

    def stop_migration(self, key: str) -> None:
        self.toy.enter("stop_migration")
        self.toy.on_their_way.discard(key)

    def _after(self, what: str) -> None:
        """Fail after it was done, if the test wants it."""
        self.toy.enter(what)
