"""The platform `test`: libvirt's own test driver, which invents a hypervisor inside this process.

For trying ConVirt without a hypervisor and for tests without root. Nothing outlasts the process.
"""

# ruff: noqa: D102  what a hook does is said once, by its specification

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core import forms, model, platforms
from convirt_core.errors import InvalidInput
from convirt_core.hookspecs import PlatformSpec, PlatformUIHelperSpec, VMConfigSpec, VMMSpec, VNodeSpec, hookimpl
from convirt_libvirt.capabilities import TEST_CAPABILITIES
from convirt_libvirt.uri import URI_OPTION
from convirt_libvirt.vnode import LibvirtVNode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convirt_core.forms import Form, NodeFormMode, Values
    from convirt_core.model import Finding, ManagedNode
    from convirt_core.platforms import (
        VMM,
        ConfigSource,
        Detection,
        NodeProxy,
        NodeSession,
        Platform,
        Template,
        VMConfig,
        VNode,
    )
    from convirt_libvirt.domain import LibvirtConfig

DEFAULT_URI = "test:///default"
_SIZE = """\
# A VM of libvirt's test driver: it has a size and a life, and runs nothing.
name = '$VM_NAME'
memory = 256
vcpus = 1
"""
_KERNEL = f"{_SIZE}kernel = '$KERNEL'\nramdisk = '$RAMDISK'\nextra = '$EXTRA'\n"


class InventedVNode(LibvirtVNode):
    """A server that libvirt's test driver invents. All with one URI and one process share one."""

    default_uri = DEFAULT_URI
    possible = TEST_CAPABILITIES


class TestPlatform(PlatformSpec, VNodeSpec, VMMSpec, VMConfigSpec, PlatformUIHelperSpec):
    """The platform `test`."""

    __test__ = False  # pytest takes a class of this name for tests

    @hookimpl
    def convirt_platform(self) -> Platform:
        return platforms.Platform("Test", TEST_CAPABILITIES, {URI_OPTION: DEFAULT_URI}, max_concurrency=4)

    @hookimpl
    def convirt_detect_platform(self, proxy: NodeProxy) -> Detection | None:
        """Never offer it: it is on every machine, and nobody's hypervisor."""
        del proxy
        return None

    @hookimpl
    def convirt_check_prerequisites(
        self, proxy: NodeProxy, options: Mapping[str, str | int | bool]
    ) -> Sequence[Finding]:
        del proxy, options
        return [model.Finding("test-driver", "libvirt", model.Severity.INFO, "libvirt's test driver needs nothing.")]

    @hookimpl
    def convirt_templates(self) -> Sequence[Template]:
        return [
            platforms.Template("disk", "Runs nothing, so its disk is not made", _SIZE),
            platforms.Template("kernel", "Has a kernel, and runs nothing", _KERNEL),
        ]

    @hookimpl
    def convirt_create_vnode(self, node: ManagedNode, session: NodeSession) -> VNode:
        return InventedVNode(node, session)

    @hookimpl
    def convirt_create_vmm(self, vnode: VNode) -> VMM:
        if not isinstance(vnode, InventedVNode):
            raise InvalidInput(f"{vnode.node.name} is no server of the platform test.")
        from convirt_libvirt.vmm.invented import InventedVMM  # noqa: PLC0415  a listing of VMs changes nothing

        return InventedVMM(vnode)

    @hookimpl
    def convirt_create_vm_config(self, source: ConfigSource) -> VMConfig:
        from convirt_libvirt.domain import LibvirtConfig  # noqa: PLC0415  a listing of VMs needs no XML

        if source.format == "native":
            return LibvirtConfig(source.text, is_new=True, origin=source.origin)
        return _from_values(LibvirtConfig(_EMPTY, is_new=True), source)

    @hookimpl
    def convirt_node_form(self, mode: NodeFormMode) -> Form:
        del mode
        field = forms.Field(
            URI_OPTION,
            "URI",
            help="libvirt's test driver: test:///default, or test:///FILE.xml for a host of your own making",
            default=DEFAULT_URI,
            validator=_check_uri,
        )
        return forms.Form("Test server", (forms.Page("test", "libvirt", (field,)),))


_EMPTY = "<domain type='test'><memory unit='MiB'>256</memory><os><type arch='i686'>hvm</type></os></domain>"


def _from_values(config: LibvirtConfig, source: ConfigSource) -> LibvirtConfig:
    """Set the keys of a python-config file. The name is required, all else has a default."""
    if not source.values.get("name"):
        raise InvalidInput(f"{source.origin or 'The definition'} has no name.", remedy="Give it one: name = '…'.")
    for key, value in source.values.items():
        if value != "":  # a variable of a template that has nothing to say
            config[key] = value
    return config


def _check_uri(value: object, _values: Values) -> str | None:
    if isinstance(value, str) and value.startswith("test:///") and value != "test:///":
        return None
    return "Use test:///default or test:///FILE.xml."
