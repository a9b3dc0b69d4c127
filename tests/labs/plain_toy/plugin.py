"""The toy as a platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from labs.plain_toy.config import ToyConfig
from labs.plain_toy.hypervisor import Hypervisor
from labs.plain_toy.server import CAPABILITIES, ToyNode
from labs.plain_toy.vmm import ToyVMM

from convirt_core.errors import InvalidInput
from convirt_core.forms import Field, FieldKind, Form, Page
from convirt_core.hookspecs import PlatformSpec, PlatformUIHelperSpec, VMConfigSpec, VMMSpec, VNodeSpec, hookimpl
from convirt_core.model import Finding, Severity
from convirt_core.platforms import Detection, Platform, Template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.forms import NodeFormMode, SettingsContext, SettingsMode
    from convirt_core.model import ManagedNode
    from convirt_core.platforms import VMM, ConfigSource, NodeProxy, NodeSession, VMConfig, VNode

MARK = "/etc/hostname"


class ToyPlatform(PlatformSpec, VNodeSpec, VMMSpec, VMConfigSpec, PlatformUIHelperSpec):
    """An honest platform. Its hypervisors are the process's own."""

    hypervisors: ClassVar[Mapping[str, Hypervisor]]
    """By the names of their servers."""

    @hookimpl
    def convirt_platform(self) -> Platform:
        return Platform("Toy", CAPABILITIES, {"port": 8002}, max_concurrency=2)

    @hookimpl
    def convirt_detect_platform(self, proxy: NodeProxy) -> Detection | None:
        return Detection(f"{MARK} is there") if proxy.stat(MARK) else None

    @hookimpl
    def convirt_check_prerequisites(
        self, proxy: NodeProxy, options: Mapping[str, str | int | bool]
    ) -> Sequence[Finding]:
        if proxy.stat(MARK):
            return [Finding("toy-mark", "Toy", Severity.INFO, f"{MARK} is there.")]
        return [Finding("toy-mark", "Toy", Severity.ERROR, f"{MARK} is missing.", "Give the machine a name.")]

    @hookimpl
    def convirt_templates(self) -> Sequence[Template]:
        return [Template("disk", "A toy", "name = '$VM_NAME'\nmemory = 64\n")]

    @hookimpl
    def convirt_create_vnode(self, node: ManagedNode, session: NodeSession) -> VNode:
        return ToyNode(node, session, self.hypervisors[node.name])

    @hookimpl
    def convirt_create_vmm(self, vnode: VNode) -> VMM:
        return ToyVMM(vnode)

    @hookimpl
    def convirt_create_vm_config(self, source: ConfigSource) -> VMConfig:
        if source.format == "native":
            return ToyConfig(source.text, is_new=True)
        config = ToyConfig('{"memory": 64, "vcpus": 1}', is_new=True)
        for key, value in source.values.items():
            config[key] = value
        if "name" not in config:
            raise InvalidInput("The definition has no name.")
        return config

    @hookimpl
    def convirt_node_form(self, mode: NodeFormMode) -> Form:
        port = Field("port", "Port", FieldKind.INTEGER, default=8002, minimum=1, maximum=65535)
        return Form("Toy server", (Page("toy", "Toy", (port,)),))

    @hookimpl
    def convirt_vm_settings_pages(self, mode: SettingsMode, context: SettingsContext) -> Sequence[Page]:
        return [Page("toy", "Toy", (Field("description", "Note"),))]
