"""What a person is asked about a VM's definition beside what every platform asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.forms import Field, Page, SettingsMode

if TYPE_CHECKING:
    from collections.abc import Iterable


def definition_pages(mode: SettingsMode, key: str, title: str, at_first: Field, fields: Iterable[Field]) -> list[Page]:
    """Return a platform's page for the definition; a running VM has nothing there to change.

    :param key: of the page
    :param at_first: what is chosen for a new VM only
    """
    if mode is SettingsMode.EDIT_VM_INFO:
        return []
    first = () if mode is SettingsMode.EDIT_VM_CONFIG else (at_first,)
    return [Page(key, title, (*first, *fields))]
