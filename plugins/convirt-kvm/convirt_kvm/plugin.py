"""The platform `kvm`: libvirt's QEMU driver, with KVM where it works."""

# ruff: noqa: D102  what a hook does is said once, by its spec

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convirt_core.hookspecs import hookimpl
from convirt_kvm.options import DEFAULTS
from convirt_libvirt.hooks import LibvirtHooks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convirt_core.forms import Form, NodeFormMode, Page, SettingsContext, SettingsMode
    from convirt_core.model import Finding, InfoSection, ManagedNode
    from convirt_core.platforms import (
        VMM,
        ConfigSource,
        Detection,
        NodeProxy,
        NodeSession,
        Platform,
        Template,
        VMConfig,
        VMDetails,
        VNode,
    )
    from convirt_kvm.vnode import KVMVNode

# A listing of VMs needs none of what the other hooks import, so they do it when they are asked.
# ruff: noqa: PLC0415


class KVMPlatform(LibvirtHooks):
    """QEMU/KVM through libvirt."""

    @hookimpl
    def convirt_platform(self) -> Platform:
        from convirt_core.platforms import Platform
        from convirt_kvm.capabilities import QEMU_CAPABILITIES

        return Platform("KVM", QEMU_CAPABILITIES, DEFAULTS, max_concurrency=4)

    @hookimpl
    def convirt_detect_platform(self, proxy: NodeProxy) -> Detection | None:
        from convirt_kvm.detection import detect

        return detect(proxy)

    @hookimpl
    def convirt_check_prerequisites(
        self, proxy: NodeProxy, options: Mapping[str, str | int | bool]
    ) -> Sequence[Finding]:
        from convirt_kvm.prerequisites import check_all

        return check_all(proxy, options)

    @hookimpl
    def convirt_templates(self) -> Sequence[Template]:
        from convirt_kvm.templates import TEMPLATES

        return TEMPLATES

    @hookimpl
    def convirt_create_vnode(self, node: ManagedNode, session: NodeSession) -> VNode:
        from convirt_kvm.vnode import KVMVNode

        return KVMVNode(node, session)

    @hookimpl
    def convirt_create_vmm(self, vnode: VNode) -> VMM:
        from convirt_kvm.vmm import KVMVMM

        return KVMVMM(cast("KVMVNode", vnode))

    @hookimpl
    def convirt_create_vm_config(self, source: ConfigSource) -> VMConfig:
        from convirt_kvm.config import KVMConfig
        from convirt_kvm.definition import new_definition

        if source.format == "native":
            return KVMConfig(source.text, is_new=True, origin=source.origin)
        return new_definition(source)

    @hookimpl
    def convirt_node_form(self, mode: NodeFormMode) -> Form:
        from convirt_kvm.forms import node_form

        return node_form(mode)

    @hookimpl
    def convirt_vm_settings_pages(self, mode: SettingsMode, context: SettingsContext) -> Sequence[Page]:
        from convirt_kvm.forms import settings_pages

        return settings_pages(mode, context)

    @hookimpl
    def convirt_vm_info_sections(self, vm: VMDetails) -> Sequence[InfoSection]:
        from convirt_kvm.information import vm_section

        return [vm_section(vm)]

    @hookimpl
    def convirt_platform_info(self, vnode: VNode) -> Sequence[InfoSection]:
        from convirt_kvm.information import server_section

        return [server_section(cast("KVMVNode", vnode))]
