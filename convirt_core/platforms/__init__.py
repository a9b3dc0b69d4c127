"""What a platform is made of: abstract VNode, VMM, VMConfig; VM and VMInfo; the protocols they are given.

May import `errors`, `model` and `config`.
"""

from typing import TYPE_CHECKING

from convirt_core.lazy import exports

if TYPE_CHECKING:
    from convirt_core.platforms.consoles import SerialConsole
    from convirt_core.platforms.details import VMDetails
    from convirt_core.platforms.detection import Detection
    from convirt_core.platforms.networks import missing_networks
    from convirt_core.platforms.platform import Platform
    from convirt_core.platforms.protocols import PART, Forwarded, NodeProxy, NodeSession, Progress, Terminal
    from convirt_core.platforms.results import CommandResult, FileEntry
    from convirt_core.platforms.template import Template
    from convirt_core.platforms.vm import VM
    from convirt_core.platforms.vm_config import SECRET_KEYS, STANDARD_KEYS, ConfigSource, VMConfig
    from convirt_core.platforms.vm_info import VMInfo
    from convirt_core.platforms.vmm import VMM
    from convirt_core.platforms.vnode import VNode

__all__ = [
    "PART",
    "SECRET_KEYS",
    "STANDARD_KEYS",
    "VM",
    "VMM",
    "CommandResult",
    "ConfigSource",
    "Detection",
    "FileEntry",
    "Forwarded",
    "NodeProxy",
    "NodeSession",
    "Platform",
    "Progress",
    "SerialConsole",
    "Template",
    "Terminal",
    "VMConfig",
    "VMDetails",
    "VMInfo",
    "VNode",
    "missing_networks",
]

__getattr__ = exports(
    __name__,
    {
        "CommandResult": "results",
        "ConfigSource": "vm_config",
        "Detection": "detection",
        "FileEntry": "results",
        "Forwarded": "protocols",
        "NodeProxy": "protocols",
        "NodeSession": "protocols",
        "PART": "protocols",
        "Platform": "platform",
        "Progress": "protocols",
        "SECRET_KEYS": "vm_config",
        "STANDARD_KEYS": "vm_config",
        "SerialConsole": "consoles",
        "Template": "template",
        "Terminal": "protocols",
        "VM": "vm",
        "VMConfig": "vm_config",
        "VMDetails": "details",
        "VMInfo": "vm_info",
        "VMM": "vmm",
        "VNode": "vnode",
        "missing_networks": "networks",
    },
)
