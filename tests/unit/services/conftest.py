"""A toy hypervisor in memory, its platform as a real plugin, and an application with servers of it."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest
from attrs import define, evolve, field

from convirt_core.app import Application
from convirt_core.errors import Conflict, InvalidInput, NotFound, OperationFailed
from convirt_core.hookspecs import (
    ExtensionSpec,
    PlatformSpec,
    PlatformUIHelperSpec,
    PluginSpec,
    VMConfigSpec,
    VMMSpec,
    VNodeSpec,
    hookimpl,
)
from convirt_core.model import (
    Capability,
    Disk,
    Event,
    EventKind,
    Finding,
    InfoSection,
    ManagedNode,
    MetricSnapshot,
    MigrationOptions,
    MigrationProgress,
    MigrationRequest,
    Nic,
    OperationRequest,
    Outcome,
    PlacementRequest,
    Severity,
    Snapshot,
    VMMetrics,
    VMState,
    parse_disk,
)
from convirt_core.platforms import (
    VM,
    VMM,
    ConfigSource,
    Detection,
    NodeProxy,
    NodeSession,
    Platform,
    VMConfig,
    VMDetails,
    VMInfo,
    VNode,
)
from convirt_core.plugins import FailureLog, Plugins
from convirt_core.plugins.candidates import Candidate
from convirt_core.settings import Settings

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping, Sequence

ALL = frozenset(Capability) - {Capability.SERIAL_CONSOLE, Capability.GRAPHICAL_CONSOLE}


@define
class Machine:
    """One VM of the toy."""

    values: dict[str, object]
    state: VMState = VMState.STOPPED
    run: int = 0
    boots: int = 0
    autostart: bool = False
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
        self.capabilities = ALL
        self.deaf = False
        self.reboots_by_stopping = False
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


class ToyConfig(VMConfig):
    def __init__(self, values: dict[str, object], disks: Sequence[Disk] = (), *, is_new: bool = True) -> None:
        self._values = values
        self._disks = list(disks)
        self._is_new = is_new

    @property
    def text(self) -> str:
        return json.dumps(self._values, sort_keys=True)

    @property
    def digest(self) -> str:
        return "" if self._is_new else self._read

    def remember_digest(self) -> Self:
        self._read = self.text
        return self

    @property
    def key(self) -> str:
        return str(self._values["uuid"])

    def disks(self) -> list[Disk]:
        return list(self._disks)

    def nics(self) -> list[Nic]:
        return []

    def set_disk_source(self, target: str, source: str) -> None:
        self._disks = [evolve(each, source=source) if each.target == target else each for each in self._disks]

    def with_text(self, text: str) -> Self:
        edited = type(self)(json.loads(text), self._disks, is_new=False)
        if edited.key != self.key:
            raise InvalidInput("The text is of another VM.")
        edited._read = self._read
        return edited

    def renewed(self, name: str) -> Self:
        return type(self)({**self._values, "name": name, "uuid": str(uuid.uuid4())}, self._disks)

    def validate(self) -> list[Finding]:
        if self.get("memory", 1) == 13:
            return [Finding("unlucky", "Memory", Severity.ERROR, "13 MiB bring bad luck.", "Take 14.")]
        return []

    def __getitem__(self, key: str) -> object:
        return self._values[key]

    def __setitem__(self, key: str, value: object) -> None:
        self._values[key] = value

    def __delitem__(self, key: str) -> None:
        del self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)


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
            autostart=machine.autostart,
            memory_bytes=machine.memory_bytes or int(str(machine.values.get("memory", 0))) << 20,
        )


class ToyVMM(VMM):
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

    def _after(self, what: str) -> None:
        """Fail after it was done, if the test wants it."""
        self.toy.enter(what)


class World:
    """All toy hypervisors, by server name; and what extensions have seen."""

    def __init__(self) -> None:
        self.servers: dict[str, Hypervisor] = {}
        self.before: list[OperationRequest] = []
        self.after: list[tuple[OperationRequest, Outcome]] = []
        self.findings: list[Finding] = []
        self.checks_fail = False
        self.minds_placement: Callable[[PlacementRequest], Sequence[Finding]] = lambda _: []
        self.minds_migration: Callable[[MigrationRequest], Sequence[Finding]] = lambda _: []
        self.minds_definition: Callable[[VMConfig], Sequence[Finding]] = lambda _: []

    def __getitem__(self, name: str) -> Hypervisor:
        return self.servers.setdefault(name, Hypervisor())


def platform_class(world: World) -> type[PluginSpec]:
    """Return the platform of the toy hypervisors."""

    class ToyPlatform(PlatformSpec, VNodeSpec, VMMSpec, VMConfigSpec):
        @hookimpl
        def convirt_platform(self) -> Platform:
            return Platform("Toy", ALL, max_concurrency=2)

        @hookimpl
        def convirt_detect_platform(self, proxy: NodeProxy) -> Detection | None:
            return Detection("it is a test", rank=5)

        @hookimpl
        def convirt_check_prerequisites(
            self, proxy: NodeProxy, options: Mapping[str, str | int | bool]
        ) -> Sequence[Finding]:
            return [Finding("toy-device", "Device", Severity.INFO, "The toy is there.")]

        @hookimpl
        def convirt_create_vnode(self, node: ManagedNode, session: NodeSession) -> VNode:
            return ToyNode(node, session, world[node.name])

        @hookimpl
        def convirt_create_vmm(self, vnode: VNode) -> VMM:
            return ToyVMM(vnode)

        @hookimpl
        def convirt_create_vm_config(self, source: ConfigSource) -> VMConfig:
            values = json.loads(source.text) if source.format == "native" else dict(source.values)
            disks = [parse_disk(entry) for entry in values.get("disk", [])]
            return ToyConfig({"uuid": str(uuid.uuid4()), **values}, disks)

        @hookimpl
        def convirt_validate_vm_config(self, config: VMConfig, vnode: VNode) -> Sequence[Finding]:
            missing = not config.digest and "/missing" in str(config.get("disk"))
            return [Finding("no-disk", "Disk", Severity.ERROR, "There is no /missing.")] if missing else []

    return ToyPlatform


def watcher_class(world: World) -> type[PluginSpec]:
    """Return an extension that minds what the world says, and writes down what it hears."""

    class Watcher(VNodeSpec, VMMSpec, VMConfigSpec, ExtensionSpec, PlatformUIHelperSpec):
        @hookimpl
        def convirt_check_placement(self, request: PlacementRequest) -> Sequence[Finding]:
            return world.minds_placement(request)

        @hookimpl
        def convirt_check_migration(self, request: MigrationRequest) -> Sequence[Finding]:
            return world.minds_migration(request)

        @hookimpl
        def convirt_before_operation(self, operation: OperationRequest) -> Sequence[Finding]:
            world.before.append(operation)
            if world.checks_fail:
                raise RuntimeError("broken checker")
            return world.findings

        @hookimpl
        def convirt_validate_vm_config(self, config: VMConfig, vnode: VNode) -> Sequence[Finding]:
            return world.minds_definition(config)

        @hookimpl
        def convirt_after_operation(self, operation: OperationRequest, outcome: Outcome) -> None:
            world.after.append((operation, outcome))

        @hookimpl
        def convirt_vm_info_sections(self, vm: VMDetails) -> Sequence[InfoSection]:
            return [InfoSection("Watched", (("colour", "Colour", "blue"),))]

    return Watcher


def toy_plugins(application: Application, world: World, folder: Path) -> Plugins:
    """Return plugins of which only the toy's are installed."""

    class Here(Candidate):
        def load(self) -> object:
            return platform_class(world) if self.name == "toy" else watcher_class(world)

    found = [
        Here("convirt.platforms", "toy", "toy", "ToyPlatform", "convirt-toy", "1.0"),
        Here("convirt.extensions", "watcher", "toy", "Watcher", "convirt-toy", "1.0"),
    ]
    return Plugins(context_for=application._context, failures=FailureLog(folder / "results.json"), find=lambda: found)


class ToyApplication(Application):
    """An application in which only the toy is installed."""

    def __init__(self, settings: Settings, world: World) -> None:
        super().__init__(settings)
        self.world = world

    def _make_plugins(self) -> Plugins:
        return toy_plugins(self, self.world, self.settings.data_folder)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({"CONVIRT_CONFIG": str(tmp_path / "config.toml"), "CONVIRT_DATA": str(tmp_path / "data")})


@pytest.fixture
def app(settings: Settings, world: World) -> Iterator[Application]:
    with ToyApplication(settings, world) as app:
        yield app
        for toy in world.servers.values():
            for gate in toy.hang.values():
                gate.set()


@pytest.fixture
def another_app(settings: Settings, world: World) -> Iterator[Application]:
    """A second application on the same store, as another process would have."""
    with ToyApplication(settings, world) as app:
        yield app


@pytest.fixture
def host1(app: Application) -> ManagedNode:
    return app.grid.add_server("host1", platform="toy")


@pytest.fixture
def toy(world: World, host1: ManagedNode) -> Hypervisor:
    return world["host1"]


@pytest.fixture
def add_vm(world: World) -> Callable[..., str]:
    """Make a VM behind our back; return its key."""

    def add_vm(name: str, server: str = "host1", state: VMState = VMState.STOPPED, **values: object) -> str:
        key = str(uuid.uuid4())
        toy = world[server]
        toy.machines[key] = Machine({"name": name, "uuid": key, "memory": 64, **values})
        if state.is_resident:
            toy.go(key, state)
        return key

    return add_vm
