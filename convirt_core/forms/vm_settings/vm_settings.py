"""VM Settings, without a widget: scatter, let a person change, validate, gather."""

from __future__ import annotations

import copy
from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import field, frozen

from convirt_core.errors import InvalidInput
from convirt_core.forms import text
from convirt_core.forms.fields import Field, FieldKind, Form, Page, Values
from convirt_core.forms.modes import SettingsContext, SettingsMode
from convirt_core.forms.validation import check, is_enabled
from convirt_core.forms.vm_settings import live_changes as live
from convirt_core.forms.vm_settings.scattering import (
    changed_pairs,
    device_entries,
    entry_list,
    gathered,
    scattered,
    shown_pairs,
)
from convirt_core.forms.vm_settings.standard_pages import APPLY_TO, IMAGE_SETTINGS, OTHER, pages
from convirt_core.model import Change, Where

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convirt_core.forms.vm_settings.live_changes import Device

_TITLES = MappingProxyType(
    {
        SettingsMode.EDIT_VM_CONFIG: "Settings of {name}",
        SettingsMode.EDIT_VM_INFO: "Settings of the running {name}",
        SettingsMode.EDIT_IMAGE: "Settings of an image",
        SettingsMode.PROVISION_IMAGE: "A new VM",
    }
)


@frozen
class ImageChange:
    """What was changed of an image, or for one VM made from it.

    :param values: keys of its template; None deletes the key
    :param settings: keys of its `image.conf`; likewise
    """

    values: Mapping[str, object] = field(factory=dict)
    settings: Mapping[str, object] = field(factory=dict)


class VMSettings:
    """The values of one dialog, from what was read to what shall be written. No thread but one.

    :param extra_pages: of plugins; their keys are keys of the definition
    """

    def __init__(self, mode: SettingsMode, context: SettingsContext, extra_pages: Sequence[Page] = ()) -> None:
        self.mode = mode
        self.context = context
        title = _TITLES[mode].format(name=context.config.get("name") or context.info.get("name") or "a VM")
        self.form = Form(title, pages(mode, context, tuple(extra_pages)))
        self._fields = {one.key: one for one in self.form.fields if one.kind is not FieldKind.NOTE}
        self._source = dict(context.config) | dict(context.info if mode is SettingsMode.EDIT_VM_INFO else {})
        self._before = {key: self._scattered(one) for key, one in self._fields.items()}
        self._values = copy.deepcopy(self._before)

    @property
    def values(self) -> Values:
        """The values by key, as they are now: a copy."""
        return copy.deepcopy(self._values)

    def set(self, key: str, value: object) -> None:
        """Change a value. Raises `InvalidInput` for an unknown key; the value is checked by `validate`."""
        self._field(key)
        self._values[key] = copy.deepcopy(value)

    def set_text(self, key: str, words: str) -> None:
        """Change a value to what a text stands for. Raises `InvalidInput` if it stands for none."""
        self.set(key, text.parse(self._field(key), words))

    def is_enabled(self, key: str) -> bool:
        """Whether the value can be changed now."""
        return is_enabled(self._field(key), self._values)

    def validate(self) -> dict[str, str]:
        """Return a sentence for each key with something wrong; what was so before is nobody's fault."""
        changed = self._changed()
        wrong = check(self.form, self._values)
        wrong = {key: sentence for key, sentence in wrong.items() if key in changed or not self._values[key]}
        locked = [key for key in changed if not self.is_enabled(key)]
        wrong |= {key: f"{self._fields[key].label} cannot be changed here and now." for key in locked}
        if self.mode is SettingsMode.EDIT_VM_INFO and not wrong:
            return self._refusals_live()
        return wrong

    def gather(self) -> Change:
        """Return what was changed of a VM.

        :raises InvalidInput: if something is wrong; the first sentence of `validate`
        """
        self._refuse_wrong()
        if self.mode is SettingsMode.EDIT_VM_INFO:
            return self._gather_live()
        return Change(self._gathered_values(), Where.STORED, digest=self.context.digest)

    def gather_image(self) -> ImageChange:
        """Return what was changed of an image, or is asked for a VM made from it; raises as `gather`."""
        self._refuse_wrong()
        values = self._gathered_values()
        settings = values.pop(IMAGE_SETTINGS, {})
        return ImageChange(values, settings if isinstance(settings, dict) else {})

    def _field(self, key: str) -> Field:
        if key not in self._fields:
            raise InvalidInput(f"There is no setting {key!r}.", remedy=f"Known are {', '.join(self._fields)}.")
        return self._fields[key]

    def _scattered(self, one: Field) -> object:
        if one.key == OTHER:
            return shown_pairs(self._other_keys())
        if one.key == IMAGE_SETTINGS:
            return shown_pairs(self.context.image_settings)
        if one.key == "name" and self.mode is SettingsMode.PROVISION_IMAGE:
            return ""  # a new VM's name is the person's choice, whatever the template says
        return scattered(one, self._source.get(one.key))

    def _other_keys(self) -> dict[str, object]:
        return {key: value for key, value in self.context.config.items() if key not in self._fields and key != "uuid"}

    def _changed(self) -> list[str]:
        return [key for key, value in self._values.items() if value != self._before[key]]

    def _refuse_wrong(self) -> None:
        for sentence in self.validate().values():
            raise InvalidInput(sentence)

    def _gathered_values(self) -> dict[str, object]:
        values: dict[str, object] = {}
        for key in self._changed():
            value = self._values[key]
            if key == OTHER and isinstance(value, dict):
                values |= changed_pairs(value, self._other_keys())
            elif key == IMAGE_SETTINGS and isinstance(value, dict):
                values[key] = changed_pairs(value, self.context.image_settings)
            else:
                values[key] = gathered(self._fields[key], value, self._source.get(key))
        return values

    def _gather_live(self) -> Change:
        where = Where(str(self._values[APPLY_TO]))
        numbers = {key: self._values[key] for key in self._changed() if key in {"memory", "vcpus"}}
        disks, nics = self._devices("disk", live.disks_of), self._devices("vif", live.nics_of)
        return Change(
            numbers,
            where,
            attach_disks=live.added(*disks),
            detach_disks=live.removed(*disks),
            attach_nics=live.added(*nics),
            detach_nics=live.removed(*nics),
            digest=self.context.digest if where.stored else "",
        )

    def _refusals_live(self) -> dict[str, str]:
        refusals = {
            "disk": live.refusal(live.DISK, *self._devices("disk", live.disks_of), self.context),
            "vif": live.refusal(live.NIC, *self._devices("vif", live.nics_of), self.context),
        }
        return {key: sentence for key, sentence in refusals.items() if sentence}

    def _devices(self, key: str, read: Callable[[Sequence[str]], list[Device]]) -> tuple[list[Device], list[Device]]:
        """Return the devices as they were and as they shall be; none of either if they were not touched."""
        if key not in self._changed():
            return [], []
        before, rows = entry_list(self._source.get(key)), self._values[key]
        after = device_entries(key, rows, before) if isinstance(rows, list) else []
        return read(before), read(after)
