"""What a platform says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.hookspecs.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convirt_core.hookspecs.context import PluginContext
    from convirt_core.model import Finding
    from convirt_core.platforms import Detection, NodeProxy, Platform, Template


class PluginSpec:
    """What every plugin class begins with. No I/O here: it is made before it is used.

    :param context: its own part of the application
    """

    def __init__(self, context: PluginContext) -> None:
        self.context = context


class PlatformSpec(PluginSpec):
    """A kind of hypervisor. Implemented by platforms only.

    The smallest one::

        class ToyPlatform(PlatformSpec, VNodeSpec, VMMSpec, VMConfigSpec):
            @hookimpl
            def convirt_platform(self) -> Platform:
                return Platform("Toy", frozenset({Capability.START, Capability.KILL}))
    """

    @hookspec
    def convirt_platform(self) -> Platform:
        """Say what the platform is. Pure; asked of the platform.

        Example::

            @hookimpl
            def convirt_platform(self) -> Platform:
                return Platform("Toy", frozenset({Capability.START}), {"VM_DISKS_DIR": "/var/lib/toy"})
        """
        raise NotImplementedError

    @hookspec
    def convirt_detect_platform(self, proxy: NodeProxy) -> Detection | None:
        """Look whether a server runs this platform, cheaply. Asked of every platform; several may say yes.

        :param proxy: commands and files of the server
        :return: what was seen, or None

        Example::

            @hookimpl
            def convirt_detect_platform(self, proxy: NodeProxy) -> Detection | None:
                return Detection("/dev/toy is there") if proxy.stat("/dev/toy") else None
        """
        raise NotImplementedError

    @hookspec
    def convirt_check_prerequisites(
        self, proxy: NodeProxy, options: Mapping[str, str | int | bool]
    ) -> Sequence[Finding]:
        """Check that a server has all the platform needs; what is well is a finding too (severity info).

        :param proxy: commands and files of the server
        :param options: the server's own (`ManagedNode.options`) and, above them, the variables of its pool: what
            they rule out need not be there

        Example::

            @hookimpl
            def convirt_check_prerequisites(
                self, proxy: NodeProxy, options: Mapping[str, str | int | bool]
            ) -> Sequence[Finding]:
                if proxy.stat("/dev/toy"):
                    return [Finding("toy-device", "Device", Severity.INFO, "/dev/toy is there.")]
                return [Finding("toy-device", "Device", Severity.ERROR, "/dev/toy is missing.", "modprobe toy")]
        """
        raise NotImplementedError

    @hookspec
    def convirt_templates(self) -> Sequence[Template]:
        """Return VM definitions to begin an image with, the usual one first.

        Example::

            @hookimpl
            def convirt_templates(self) -> Sequence[Template]:
                return [Template("disk", "Boots from its disk", "name = '$VM_NAME'")]
        """
        raise NotImplementedError
