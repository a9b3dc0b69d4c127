"""What a form is opened for."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


class NodeFormMode(StrEnum):
    """Why the form of a server is shown."""

    ADD = "add"
    EDIT = "edit"


class SettingsMode(StrEnum):
    """Why VM Settings are shown; the four modes of the original."""

    EDIT_VM_CONFIG = "edit-vm-config"  # the definition
    EDIT_VM_INFO = "edit-vm-info"  # the running VM
    EDIT_IMAGE = "edit-image"  # an image's template and settings
    PROVISION_IMAGE = "provision-image"  # a new VM from an image


@frozen
class SettingsContext:
    """What VM Settings are about. A mode's own parts are set, the others empty.

    :param config: the definition's keys (`STANDARD_KEYS`); for an image, its template's
    :param info: the running VM's keys, with `disk` and `vif` as `config` has them
    :param image_settings: keys of `image.conf`
    :param digest: of the definition that `config` was read from
    :param networks: names that a NIC can be connected to
    :param capabilities: ids of what the server can do, such as `set-memory-live`
    """

    config: Mapping[str, object] = field(factory=dict)
    info: Mapping[str, object] = field(factory=dict)
    image_settings: Mapping[str, object] = field(factory=dict)
    digest: str = ""
    networks: tuple[str, ...] = ()
    capabilities: frozenset[str] = frozenset()
