"""What a person is asked about a Xen server and its VMs."""

from __future__ import annotations

from convirt_core.forms import Choice, Field, FieldKind, Form, NodeFormMode, Page, SettingsContext, SettingsMode
from convirt_libvirt.node_forms import server_form
from convirt_libvirt.settings_forms import definition_pages
from convirt_xen.vm import HVM, PV, PVH

_KINDS = (
    Choice(PV, "PV: its kernel knows Xen"),
    Choice(PVH, "PVH: likewise, in hardware"),
    Choice(HVM, "HVM: a full machine"),
)


def node_form(mode: NodeFormMode) -> Form:
    """Return the questions about a server. They are the same when it is added and edited."""
    del mode
    return server_form("xen", "Xen", [], "xen+tls://host/")


def settings_pages(mode: SettingsMode, context: SettingsContext) -> list[Page]:
    """Return a page for the definition; a running VM has nothing here to change.

    Kernel, ramdisk, arguments and events are on every platform's pages. The kind of guest is chosen for a new VM only:
    an old one's disk holds a system of that kind.
    """
    del context
    kind = Field("type", "Kind of guest", FieldKind.CHOICE, default=PV, choices=_KINDS)
    boot = [
        Field("bootloader", "Bootloader", help="Runs in domain 0 and finds the kernel in the disk, such as pygrub."),
        Field("bootloader_args", "Its arguments"),
        Field("root", "Root device", help="Of the kernel, such as /dev/xvda1."),
    ]
    return definition_pages(mode, "xen", "Xen", kind, boot)
