"""What is done with the toy's machines."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from attrs import evolve
from labs.plain_toy.config import ToyConfig
from labs.plain_toy.hypervisor import Machine
from labs.plain_toy.server import ToyNode, memory_mib

from convirt_core.errors import AlreadyExists, Busy, Conflict, NotFound, OperationFailed, WrongState
from convirt_core.model import Disk, MigrationProgress, Snapshot, VMState
from convirt_core.platforms import VMM, VMConfig, VMInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from labs.plain_toy.hypervisor import Hypervisor

    from convirt_core.model import MigrationOptions
    from convirt_core.platforms import SerialConsole

_S = VMState
_LOOKS, _LOOK_SECONDS = 5, 0.1
"""A migration lasts so long."""
_RESIDENT = {state for state in VMState if state.is_resident}


class ToyVMM(VMM):
    """The toy of one server."""

    @property
    def toy(self) -> Hypervisor:
        assert isinstance(self.vnode, ToyNode)
        return self.vnode.toy

    def start(self, key: str) -> None:
        self.toy.go(key, {_S.STOPPED}, _S.RUNNING)

    def shutdown(self, key: str) -> None:
        if not self.toy.machine(key).is_deaf:
            self.toy.go(key, {_S.RUNNING}, _S.STOPPED)

    def reboot(self, key: str) -> None:
        self.toy.go(key, {_S.RUNNING}, _S.RUNNING).boots += 1

    def kill(self, key: str) -> None:
        self.toy.go(key, _RESIDENT, _S.STOPPED)

    def pause(self, key: str) -> None:
        self.toy.go(key, {_S.RUNNING}, _S.PAUSED)

    def resume(self, key: str) -> None:
        self.toy.go(key, {_S.PAUSED}, _S.RUNNING)

    def save(self, key: str, path: str) -> None:
        self.toy.machine(key)
        self.vnode.session.proxy.write_file(path, key.encode())
        self.toy.go(key, {_S.RUNNING, _S.PAUSED}, _S.STOPPED)

    def saved_key(self, path: str) -> str:
        return self.vnode.session.proxy.read_file(path).decode()

    def restore(self, path: str) -> None:
        self.toy.go(self.saved_key(path), {_S.STOPPED}, _S.RUNNING, boots=False)

    def define(self, config: VMConfig) -> str:
        taken = {ToyConfig(machine.text).name for machine in self.toy.machines.values()}
        if config.name in taken or config.key in self.toy.machines:
            raise AlreadyExists(f"There is a machine {config.name} already.")
        is_deaf = "deaf" in str(config.get("extra", ""))
        self.toy.machines[config.key] = Machine(config.text, is_deaf=is_deaf)
        return config.key

    def config(self, key: str) -> VMConfig:
        return ToyConfig(self.toy.machine(key).text)

    def write_config(self, config: VMConfig) -> None:
        machine = self.toy.machine(config.key)
        if ToyConfig(machine.text).digest != config.digest:
            raise Conflict(f"The definition of {config.name} was changed meanwhile.")
        machine.text = config.text

    def info(self, key: str) -> VMInfo:
        machine = self.toy.machine(key)
        config = ToyConfig(machine.text)
        if machine.run is None:
            raise WrongState(f"{config.name} does not run.")
        values = {"name": config.name, "id": machine.run, "state": machine.state, "memory": memory_mib(machine)}
        return VMInfo({**values, "vcpus": config["vcpus"]}, disks=config.disks(), nics=config.nics())

    def remove(self, key: str) -> None:
        if self.toy.machine(key).state.is_resident:
            raise WrongState(f"The machine {key} runs.")
        del self.toy.machines[key]

    def set_autostart(self, key: str, enabled: bool) -> None:
        self.toy.machine(key).autostart = enabled

    def set_memory_live(self, key: str, memory_bytes: int) -> None:
        self.toy.machine(key).memory_mib = memory_bytes >> 20

    def attach_disk(self, key: str, disk: Disk, *, live: bool, stored: bool) -> None:
        if live:
            super().attach_disk(key, disk, live=live, stored=stored)
        config = ToyConfig(self.toy.machine(key).text)
        config.add_disk(disk)
        self.write_config(config)

    def detach_disk(self, key: str, target: str, *, live: bool, stored: bool) -> None:
        if live:
            super().detach_disk(key, target, live=live, stored=stored)
        config = ToyConfig(self.toy.machine(key).text)
        config.remove_disk(target)
        self.write_config(config)

    def snapshots(self, key: str) -> list[Snapshot]:
        return list(self.toy.machine(key).snapshots)

    def create_snapshot(self, key: str, name: str, description: str) -> None:
        machine = self.toy.machine(key)
        parent = next((each.name for each in machine.snapshots if each.is_current), "")
        machine.snapshots = [evolve(each, is_current=False) for each in machine.snapshots]
        machine.snapshots.append(Snapshot(name, time.time(), machine.state, description, parent, is_current=True))
        machine.kept[name] = machine.text, machine.state

    def revert_to_snapshot(self, key: str, name: str) -> None:
        machine = self.toy.machine(key)
        if name not in [each.name for each in machine.snapshots]:
            raise NotFound(f"There is no snapshot {name}.")
        machine.text, state = machine.kept[name]
        self.toy.go(key, set(VMState), state, boots=False)
        machine.snapshots = [evolve(each, is_current=each.name == name) for each in machine.snapshots]

    def delete_snapshot(self, key: str, name: str) -> None:
        machine = self.toy.machine(key)
        machine.snapshots = [each for each in machine.snapshots if each.name != name]

    def migrate(
        self, key: str, destination: VMM, options: MigrationOptions, *, progress: Callable[[MigrationProgress], None]
    ) -> None:
        machine = self.toy.machine(key)
        if not machine.state.is_resident:
            raise WrongState(f"The machine {key} is {machine.state}.")
        machine.way = options
        try:
            for _ in range(_LOOKS):
                time.sleep(_LOOK_SECONDS)
                progress(MigrationProgress(is_measured=False))
        finally:
            machine.way = None
        assert isinstance(destination, ToyVMM)
        destination.toy.machines[key] = self.toy.machines.pop(key)

    def is_migrating(self, key: str) -> bool:
        return self.toy.machine(key).way is not None

    def open_serial_console(self, key: str, *, force: bool = False) -> SerialConsole:
        machine = self.toy.machine(key)
        if machine.run is None:
            raise WrongState("It does not run.")
        if not machine.line.acquire(blocking=False) and not force:
            raise Busy("Somebody has the line.")
        return Line(machine)


class Line:
    """A guest that says back what it is sent."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._said = b""
        self._is_open = True

    def read(self, *, timeout_seconds: float) -> bytes | None:
        if not self._is_open:
            return None
        said, self._said = self._said, b""
        return said

    def write(self, data: bytes) -> None:
        if not self._is_open:
            raise OperationFailed("The line was let go.")
        self._said += data

    def close(self) -> None:
        if self._is_open and self._machine.line.locked():
            self._machine.line.release()
        self._is_open = False
