"""The pages that VM Settings have for every platform. Their keys are the standard ones of a `VMConfig`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.errors import InvalidInput
from convirt_core.forms.fields import Choice, Field, FieldKind, Page, Values
from convirt_core.forms.modes import SettingsContext, SettingsMode
from convirt_core.forms.vm_settings.device_rows import check_disks, check_nics, disk_columns, nic_columns
from convirt_core.model import Capability, Where, check_vm_name

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER = "other_keys"
"""Key of the mapping of all further keys of the definition."""

IMAGE_SETTINGS = "image_settings"
"""Key of the mapping of the keys of `image.conf`."""

APPLY_TO = "apply_to"
"""Key of the choice between the running VM and both its sides."""

IMAGE_MODES = frozenset({SettingsMode.EDIT_IMAGE, SettingsMode.PROVISION_IMAGE})

_STORED = MappingProxyType(
    {
        "memory": Capability.SET_MEMORY,
        "maxmem": Capability.SET_MEMORY,
        "vcpus": Capability.SET_VCPUS,
        "maxvcpus": Capability.SET_VCPUS,
        "boot": Capability.SET_BOOT_DEVICE,
    }
)
_LIVE: Mapping[str, tuple[Capability, ...]] = MappingProxyType(
    {
        "memory": (Capability.SET_MEMORY_LIVE,),
        "vcpus": (Capability.SET_VCPUS_LIVE,),
        "disk": (Capability.ATTACH_DISK_LIVE, Capability.DETACH_DISK_LIVE),
        "vif": (Capability.ATTACH_NIC_LIVE, Capability.DETACH_NIC_LIVE),
    }
)


def pages(mode: SettingsMode, context: SettingsContext, extra: tuple[Page, ...]) -> tuple[Page, ...]:
    """Return all pages of a mode, the plugins' last; what the server cannot do is not enabled."""
    standard = (
        _general(mode, context),
        _boot(),
        Page(
            "storage",
            "Storage",
            (Field("disk", "Disks", FieldKind.TABLE, columns=disk_columns(), validator=check_disks),),
        ),
        Page("networks", "Networks", (_nics(context),)),
        _miscellaneous(),
    )
    if mode in IMAGE_MODES:
        return (*standard, _template_parameters(), *extra)
    return tuple(_narrowed(page, mode, context) for page in (*standard, *extra))


def _general(mode: SettingsMode, context: SettingsContext) -> Page:
    is_image = mode in IMAGE_MODES
    fields = (
        Field("name", "Name", required=True, validator=None if mode is SettingsMode.EDIT_IMAGE else _check_name),
        Field("uuid", "UUID", enabled_when=_never),
        Field("memory", "Memory", FieldKind.INTEGER, unit="MiB", minimum=1, maximum=1 << 34, required=True),
        Field("maxmem", "Most memory", FieldKind.INTEGER, unit="MiB", minimum=1, maximum=1 << 34, help=_GROWS),
        Field("vcpus", "Processors", FieldKind.INTEGER, minimum=1, maximum=1024, required=True),
        Field("maxvcpus", "Most processors", FieldKind.INTEGER, minimum=1, maximum=1024, help=_GROWS),
        Field("description", "Description"),
    )
    shown = tuple(_with_variables(field, context.config) for field in fields if field.key != "uuid" or not is_image)
    return Page("general", "General", (*_apply_to(mode), *shown))


_GROWS = "What it may grow to while it runs."


def _apply_to(mode: SettingsMode) -> tuple[Field, ...]:
    if mode is not SettingsMode.EDIT_VM_INFO:
        return ()
    choices = (Choice(Where.LIVE, "the running VM"), Choice(Where.BOTH, "the running VM and its definition"))
    help_text = "The running VM forgets a change when it stops; its definition keeps it."
    return (Field(APPLY_TO, "Change", FieldKind.CHOICE, help_text, Where.LIVE.value, required=True, choices=choices),)


def _boot() -> Page:
    fields = (
        Field("boot", "Boot order", help="Letters: a floppy, c disk, d CD-ROM, n network.", validator=_check_boot),
        Field("kernel", "Kernel", FieldKind.PATH, help="On the server; empty: the VM's own boot loader."),
        Field("ramdisk", "Initial ramdisk", FieldKind.PATH),
        Field("extra", "Kernel command line"),
    )
    return Page("boot", "Boot Parameters", fields)


def _nics(context: SettingsContext) -> Field:
    return Field("vif", "Network cards", FieldKind.TABLE, columns=nic_columns(context.networks), validator=check_nics)


def _miscellaneous() -> Page:
    actions = tuple(Choice(word, word) for word in ("destroy", "preserve", "rename-restart", "restart"))
    fields = (
        Field("on_poweroff", "After a power-off", FieldKind.CHOICE, choices=actions),
        Field("on_reboot", "After a reboot", FieldKind.CHOICE, choices=actions),
        Field("on_crash", "After a crash", FieldKind.CHOICE, choices=actions),
        Field("vnc", "VNC screen", FieldKind.BOOLEAN, default=False),
        Field("vnclisten", "VNC address", enabled_when=_has_vnc),
        Field("vncpasswd", "VNC password", FieldKind.SECRET, help="Empty: as it is.", enabled_when=_has_vnc),
        Field(OTHER, "Other keys", FieldKind.MAPPING),
    )
    return Page("miscellaneous", "Miscellaneous", fields)


def _template_parameters() -> Page:
    settings = Field(IMAGE_SETTINGS, "Settings", FieldKind.MAPPING, help="The keys of image.conf.")
    return Page("template", "Template Parameters", (settings,))


def _with_variables(field: Field, config: Mapping[str, object]) -> Field:
    """Let a number that a template leaves to a `$VARIABLE` be a text."""
    if field.kind is FieldKind.INTEGER and "$" in str(config.get(field.key, "")):
        return evolve(field, kind=FieldKind.TEXT, unit="", minimum=None, maximum=None)
    return field


def _narrowed(page: Page, mode: SettingsMode, context: SettingsContext) -> Page:
    able = _able_live if mode is SettingsMode.EDIT_VM_INFO else _able_stored
    fields = (field if able(field.key, context) else evolve(field, enabled_when=_never) for field in page.fields)
    return evolve(page, fields=tuple(fields))


def _able_stored(key: str, context: SettingsContext) -> bool:
    return _STORED.get(key, Capability.DEFINE) in context.capabilities


def _able_live(key: str, context: SettingsContext) -> bool:
    return key == APPLY_TO or not context.capabilities.isdisjoint(_LIVE.get(key, ()))


def _never(values: Values) -> bool:
    del values
    return False


def _has_vnc(values: Values) -> bool:
    return values.get("vnc") is True


def _check_name(value: object, values: Values) -> str | None:
    del values
    try:
        check_vm_name(str(value))
    except InvalidInput as error:
        return f"{error.message}."
    return None


def _check_boot(value: object, values: Values) -> str | None:
    del values
    letters = str(value)
    if set(letters) <= set("acdn") and len(set(letters)) == len(letters):
        return None
    return "Boot order must be letters of a, c, d and n, each at most once."
