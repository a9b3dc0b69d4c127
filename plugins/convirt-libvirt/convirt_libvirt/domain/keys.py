"""All keys of a `LibvirtConfig`, in the order they are read, shown and set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_libvirt.domain import boot, general, graphics, memory, processors
from convirt_libvirt.domain.disks import disk_key
from convirt_libvirt.domain.nics import nic_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from convirt_libvirt.domain.dialect import Dialect
    from convirt_libvirt.domain.key import Key


def all_keys(dialect: Dialect) -> Mapping[str, Key]:
    """Return the keys by name."""
    keys = (
        *general.NAME_KEYS,
        *general.MACHINE_KEYS,
        *memory.KEYS,
        *processors.KEYS,
        *general.BOOT_KEYS,
        boot.KEY,
        *general.END_KEYS,
        general.CLOCK_KEY,
        *graphics.KEYS,
        disk_key(dialect),
        nic_key(dialect),
        general.DESCRIPTION_KEY,
    )
    return {key.name: key for key in keys}


def platform_keys(dialect: Dialect, own: Iterable[Key], instead_of: Collection[str]) -> Mapping[str, Key]:
    """Return the keys of a platform by name: all but those that its own stand for, and these at the end."""
    keys = {name: key for name, key in all_keys(dialect).items() if name not in instead_of}
    return keys | {key.name: key for key in own}
