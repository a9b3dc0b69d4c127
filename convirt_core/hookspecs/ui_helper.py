"""What a plugin adds to every front end: forms, settings pages, information, actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.hookspecs.markers import hookspec
from convirt_core.hookspecs.platform import PluginSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.forms import Action, ActionTarget, Form, NodeFormMode, Page, SettingsContext, SettingsMode
    from convirt_core.model import InfoSection
    from convirt_core.platforms import VMDetails, VNode


class PlatformUIHelperSpec(PluginSpec):
    """Asked of the platform and every extension; each answer is tagged with its plugin. No toolkit is named."""

    @hookspec
    def convirt_node_form(self, mode: NodeFormMode) -> Form:
        """Return the platform's questions about a server; the values are `ManagedNode.options`.

        Example::

            @hookimpl
            def convirt_node_form(self, mode: NodeFormMode) -> Form:
                port = Field("port", "Port", FieldKind.INTEGER, default=8002, minimum=1, maximum=65535)
                return Form("Toy server", (Page("toy", "Toy", (port,)),))
        """
        raise NotImplementedError

    @hookspec
    def convirt_vm_settings_pages(self, mode: SettingsMode, context: SettingsContext) -> Sequence[Page]:
        """Return pages to add to VM Settings; their keys are keys of the `VMConfig`.

        Example::

            @hookimpl
            def convirt_vm_settings_pages(self, mode: SettingsMode, context: SettingsContext) -> Sequence[Page]:
                return [Page("toy", "Toy", (Field("toy_colour", "Colour"),))]
        """
        raise NotImplementedError

    @hookspec
    def convirt_vm_info_sections(self, vm: VMDetails) -> Sequence[InfoSection]:
        """Return what else is to be shown of a VM.

        Example::

            @hookimpl
            def convirt_vm_info_sections(self, vm: VMDetails) -> Sequence[InfoSection]:
                return [InfoSection("Toy", (("toy_id", "Toy number", vm.vm.id),))]
        """
        raise NotImplementedError

    @hookspec
    def convirt_platform_info(self, vnode: VNode) -> Sequence[InfoSection]:
        """Return what else is to be shown of a server.

        Example::

            @hookimpl
            def convirt_platform_info(self, vnode: VNode) -> Sequence[InfoSection]:
                return [InfoSection("Rack", (("rack", "Rack", self.racks.get(vnode.node.name)),))]
        """
        raise NotImplementedError

    @hookspec
    def convirt_actions(self, target: ActionTarget) -> Sequence[Action]:
        """Return entries to add to the menu of a server or VM. Pure; asked each time a menu opens.

        Example::

            @hookimpl
            def convirt_actions(self, target: ActionTarget) -> Sequence[Action]:
                return [Action("toy-polish", "Polish", lambda: f"{target.vm_name} shines.")]
        """
        raise NotImplementedError
