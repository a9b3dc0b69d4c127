"""The platform `xen`: libvirt's libxl driver."""

# ruff: noqa: D102  what a hook does is said once, by its spec

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convirt_core.hookspecs import hookimpl
from convirt_libvirt.hooks import LibvirtHooks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convirt_core import forms, model, platforms
    from convirt_core.platforms import NodeProxy
    from convirt_xen.vnode import XenVNode

# A listing of VMs needs none of what the other hooks import, so they do it when they are asked.
# ruff: noqa: PLC0415


class XenPlatform(LibvirtHooks):
    """Xen through libvirt."""

    @hookimpl
    def convirt_platform(self) -> platforms.Platform:
        from convirt_core.platforms import Platform
        from convirt_libvirt.places import PLACES
        from convirt_xen.capabilities import XEN_CAPABILITIES

        return Platform("Xen", XEN_CAPABILITIES, PLACES, max_concurrency=4, first_disk="xvda")

    @hookimpl
    def convirt_detect_platform(self, proxy: NodeProxy) -> platforms.Detection | None:
        from convirt_xen.detection import detect

        return detect(proxy)

    @hookimpl
    def convirt_check_prerequisites(
        self, proxy: NodeProxy, options: Mapping[str, str | int | bool]
    ) -> Sequence[model.Finding]:
        from convirt_xen.prerequisites import check_all

        return check_all(proxy, options)

    @hookimpl
    def convirt_templates(self) -> Sequence[platforms.Template]:
        from convirt_xen.templates import TEMPLATES

        return TEMPLATES

    @hookimpl
    def convirt_create_vnode(self, node: model.ManagedNode, session: platforms.NodeSession) -> platforms.VNode:
        from convirt_xen.vnode import XenVNode

        return XenVNode(node, session)

    @hookimpl
    def convirt_create_vmm(self, vnode: platforms.VNode) -> platforms.VMM:
        from convirt_xen.vmm import XenVMM

        return XenVMM(cast("XenVNode", vnode))

    @hookimpl
    def convirt_create_vm_config(self, source: platforms.ConfigSource) -> platforms.VMConfig:
        from convirt_xen.definition import config_of, new_definition

        return config_of(source) if source.format == "native" else new_definition(source)

    @hookimpl
    def convirt_node_form(self, mode: forms.NodeFormMode) -> forms.Form:
        from convirt_xen.forms import node_form

        return node_form(mode)

    @hookimpl
    def convirt_vm_settings_pages(
        self, mode: forms.SettingsMode, context: forms.SettingsContext
    ) -> Sequence[forms.Page]:
        from convirt_xen.forms import settings_pages

        return settings_pages(mode, context)

    @hookimpl
    def convirt_vm_info_sections(self, vm: platforms.VMDetails) -> Sequence[model.InfoSection]:
        from convirt_xen.information import vm_section

        return [vm_section(vm)]

    @hookimpl
    def convirt_platform_info(self, vnode: platforms.VNode) -> Sequence[model.InfoSection]:
        from convirt_xen.information import server_section

        return [server_section(cast("XenVNode", vnode))]
