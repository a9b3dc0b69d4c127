"""What a plugin may implement. A plugin subclasses the spec classes and marks each hook with `hookimpl`.

May import `errors`, `model`, `config`, `forms`, `platforms` and pluggy's markers.
"""

from typing import TYPE_CHECKING

from convirt_core.lazy import exports

if TYPE_CHECKING:
    from convirt_core.hookspecs.context import Inventory, PluginContext
    from convirt_core.hookspecs.extension import ExtensionSpec
    from convirt_core.hookspecs.front_end import FrontEnd
    from convirt_core.hookspecs.markers import PROJECT, hookimpl, hookspec
    from convirt_core.hookspecs.platform import PlatformSpec, PluginSpec
    from convirt_core.hookspecs.ui_helper import PlatformUIHelperSpec
    from convirt_core.hookspecs.vm_config import VMConfigSpec
    from convirt_core.hookspecs.vmm import VMMSpec
    from convirt_core.hookspecs.vnode import VNodeSpec

__all__ = [
    "PROJECT",
    "ExtensionSpec",
    "FrontEnd",
    "Inventory",
    "PlatformSpec",
    "PlatformUIHelperSpec",
    "PluginContext",
    "PluginSpec",
    "VMConfigSpec",
    "VMMSpec",
    "VNodeSpec",
    "hookimpl",
    "hookspec",
]

__getattr__ = exports(
    __name__,
    {
        "ExtensionSpec": "extension",
        "FrontEnd": "front_end",
        "Inventory": "context",
        "PROJECT": "markers",
        "PlatformSpec": "platform",
        "PlatformUIHelperSpec": "ui_helper",
        "PluginContext": "context",
        "PluginSpec": "platform",
        "VMConfigSpec": "vm_config",
        "VMMSpec": "vmm",
        "VNodeSpec": "vnode",
        "hookimpl": "markers",
        "hookspec": "markers",
    },
)
