"""What a person is asked about a KVM server and its VMs."""

from __future__ import annotations

from convirt_core.forms import Choice, Field, FieldKind, Form, NodeFormMode, Page, SettingsContext, SettingsMode
from convirt_kvm.options import ACCELERATOR, AUTO, DEFAULTS, KVM, TCG
from convirt_libvirt.node_forms import server_form
from convirt_libvirt.settings_forms import definition_pages

_CHOICES = (
    Choice(AUTO, "KVM if it works, else emulation"),
    Choice(KVM, "KVM"),
    Choice(TCG, "emulation (slow)"),
)
_MACHINES = (Choice("pc", "pc (i440FX)"), Choice("q35", "q35 (PCI Express)"))


def node_form(mode: NodeFormMode) -> Form:
    """Return the questions about a server. They are the same when it is added and edited."""
    del mode
    accelerator = Field(
        ACCELERATOR,
        "Accelerator",
        FieldKind.CHOICE,
        help="For new VMs; 'auto' runs a tiny guest once to see whether KVM works.",
        default=DEFAULTS[ACCELERATOR],
        choices=_CHOICES,
    )
    return server_form("kvm", "KVM", [accelerator], "qemu+tls://host/system")


def settings_pages(mode: SettingsMode, context: SettingsContext) -> list[Page]:
    """Return a page for the definition; a running VM has nothing here to change.

    The machine is chosen for a new VM only: the addresses of an old one's devices belong to its machine.
    """
    del context
    machine = Field("machine", "Machine", FieldKind.CHOICE, default="pc", choices=_MACHINES)
    fields = [
        Field(ACCELERATOR, "Accelerator", FieldKind.CHOICE, default=AUTO, choices=_CHOICES),
        Field("cpu", "Processor", help="host-model, host-passthrough, maximum, or a model of QEMU's."),
        Field("acpi", "ACPI", FieldKind.BOOLEAN, help="Needed for a clean shutdown.", default=True),
    ]
    return definition_pages(mode, "kvm", "KVM", machine, fields)
