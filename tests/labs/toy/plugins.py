"""The platform of the toy hypervisors as a plugin, and an extension that watches; a test reaches both by a World."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from labs.toy.config import ToyConfig
from labs.toy.hypervisor import ALL, Hypervisor
from labs.toy.server import ToyNode, ToyVMM

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
    Finding,
    InfoSection,
    ManagedNode,
    MigrationRequest,
    OperationRequest,
    Outcome,
    PlacementRequest,
    Severity,
    parse_disk,
)
from convirt_core.platforms import (
    VMM,
    ConfigSource,
    Detection,
    NodeProxy,
    NodeSession,
    Platform,
    VMConfig,
    VMDetails,
    VNode,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


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
