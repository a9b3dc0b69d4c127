"""What a person is asked about a KVM server and its VMs."""

from __future__ import annotations

from convirt_core.forms import Choice, Field, FieldKind, Form, NodeFormMode, Page, SettingsContext, SettingsMode, Values
from convirt_kvm.options import ACCELERATOR, AUTO, BRIDGE, DEFAULTS, DISKS_FOLDER, IMAGES_FOLDER, KVM, TCG
from convirt_libvirt.uri import MIGRATION_ADDRESS_OPTION, MIGRATION_URI_OPTION, URI_OPTION

_CHOICES = (
    Choice(AUTO, "KVM if it works, else emulation"),
    Choice(KVM, "KVM"),
    Choice(TCG, "emulation (slow)"),
)
_MACHINES = (Choice("pc", "pc (i440FX)"), Choice("q35", "q35 (PCI Express)"))


def _absolute(value: object, values: Values) -> str | None:
    del values
    return None if not value or str(value).startswith("/") else "This is an absolute path on the server."


def node_form(mode: NodeFormMode) -> Form:
    """Return the questions about a server. They are the same when it is added and edited."""
    del mode
    hypervisor = Page(
        "kvm",
        "KVM",
        (
            Field(
                ACCELERATOR,
                "Accelerator",
                FieldKind.CHOICE,
                help="For new VMs; 'auto' runs a tiny guest once to see whether KVM works.",
                default=DEFAULTS[ACCELERATOR],
                choices=_CHOICES,
            ),
            Field(
                URI_OPTION,
                "libvirt URI",
                help="Empty: the system's libvirt, over the server's own connection. "
                "One without a host is this machine's, and refused for a server elsewhere.",
            ),
        ),
    )
    places = Page(
        "kvm-places",
        "Places",
        (
            _folder(DISKS_FOLDER, "Folder for disks", "Where the disks of new VMs are made."),
            _folder(IMAGES_FOLDER, "Folder for images", "Where copies of images are kept that VMs stand on."),
            Field(
                BRIDGE,
                "Default bridge",
                help="What $DEFAULT_BRIDGE of a template means here; empty: the bridge that leads outside.",
            ),
        ),
    )
    return Form("KVM server", (hypervisor, places, _migration_page()))


def _migration_page() -> Page:
    return Page(
        "kvm-migration",
        "Migration",
        (
            Field(
                MIGRATION_URI_OPTION,
                "URI for other servers",
                help="By which other servers' libvirt reaches this one's, such as qemu+tls://host/system; "
                "empty: found out.",
            ),
            Field(
                MIGRATION_ADDRESS_OPTION,
                "Address for data",
                help="To which of its addresses VMs are sent; empty: that of the URI.",
            ),
        ),
    )


def _folder(key: str, label: str, text: str) -> Field:
    return Field(key, label, FieldKind.PATH, help=text, default=DEFAULTS[key], validator=_absolute)


def settings_pages(mode: SettingsMode, context: SettingsContext) -> list[Page]:
    """Return a page for the definition; a running VM has nothing here to change.

    The machine is chosen for a new VM only: the addresses of an old one's devices belong to its machine.
    """
    del context
    if mode is SettingsMode.EDIT_VM_INFO:
        return []
    fields = [
        Field(ACCELERATOR, "Accelerator", FieldKind.CHOICE, default=AUTO, choices=_CHOICES),
        Field("cpu", "Processor", help="host-model, host-passthrough, maximum, or a model of QEMU's."),
        Field("acpi", "ACPI", FieldKind.BOOLEAN, help="Needed for a clean shutdown.", default=True),
    ]
    if mode is not SettingsMode.EDIT_VM_CONFIG:
        fields.insert(0, Field("machine", "Machine", FieldKind.CHOICE, default="pc", choices=_MACHINES))
    return [Page("kvm", "KVM", tuple(fields))]
