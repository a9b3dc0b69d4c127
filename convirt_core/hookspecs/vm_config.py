"""Definitions: making a VMConfig and checking one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.hookspecs.markers import hookspec
from convirt_core.hookspecs.platform import PluginSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.model import Finding
    from convirt_core.platforms import ConfigSource, VMConfig, VNode


class VMConfigSpec(PluginSpec):
    """The factory is the platform's; validation is the platform's and every extension's."""

    @hookspec
    def convirt_create_vm_config(self, source: ConfigSource) -> VMConfig:
        """Make a definition from a template's values or from the hypervisor's own text. No I/O.

        :raises InvalidInput: if it cannot be one; the message says where and why

        Example::

            @hookimpl
            def convirt_create_vm_config(self, source: ConfigSource) -> VMConfig:
                return ToyConfig(source.values)
        """
        raise NotImplementedError

    @hookspec
    def convirt_validate_vm_config(self, config: VMConfig, vnode: VNode) -> Sequence[Finding]:
        """Check a definition against the server it is for. May ask the server.

        Example::

            @hookimpl
            def convirt_validate_vm_config(self, config: VMConfig, vnode: VNode) -> Sequence[Finding]:
                if config.get("description"):
                    return []
                return [Finding("no-owner", "Policy", Severity.WARNING, "Say whose VM it is in 'description'.")]
        """
        raise NotImplementedError
