"""The hooks that every platform of libvirt's answers alike; a platform's class subclasses it and adds its own."""

# ruff: noqa: D102  what a hook does is said once, by its spec

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.hookspecs import PlatformSpec, PlatformUIHelperSpec, VMConfigSpec, VMMSpec, VNodeSpec, hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.model import Finding
    from convirt_core.platforms import VMConfig, VNode


class LibvirtHooks(PlatformSpec, VNodeSpec, VMMSpec, VMConfigSpec, PlatformUIHelperSpec):
    """A platform whose servers have a libvirt."""

    @hookimpl
    def convirt_validate_vm_config(self, config: VMConfig, vnode: VNode) -> Sequence[Finding]:
        from convirt_libvirt.server_checks import check_against  # noqa: PLC0415  a listing of VMs needs it not

        return check_against(config, vnode)
