"""The key `boot`: the order of boot devices, as letters.

A definition says it in one of two ways, never both: `<os><boot dev=…>` by kind, or `<boot order=…>` in each
device. The way that a definition has is the way that is kept.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput
from convirt_libvirt.domain.key import Key
from convirt_libvirt.domain.values import counted, line
from convirt_libvirt.domain.xml import add, child, drop, drop_all

if TYPE_CHECKING:
    from lxml.etree import _Element

_KINDS = MappingProxyType({"a": "fd", "c": "hd", "d": "cdrom", "n": "network"})
_LETTERS = MappingProxyType({kind: letter for letter, kind in _KINDS.items()})
_DISK_LETTERS = MappingProxyType({"floppy": "a", "cdrom": "d"})


def _order_of(device: _Element) -> int | None:
    boot = device.find("boot")
    return None if boot is None else counted("<boot order>", boot.get("order", "0"))


def _letter_of(device: _Element) -> str:
    """What a device counts as; one that no letter names has none."""
    if device.tag == "interface":
        return "n"
    return _DISK_LETTERS.get(device.get("device", "disk"), "c") if device.tag == "disk" else ""


def _ordered_devices(domain: _Element) -> list[_Element]:
    """All devices that have an order, the first to boot first."""
    found = [boot.getparent() for boot in domain.findall("devices/*/boot")]
    devices = [device for device in found if device is not None]
    return sorted(devices, key=lambda device: _order_of(device) or 0)


def _get_boot(domain: _Element) -> str | None:
    letters = [_letter_of(device) for device in _ordered_devices(domain)]
    if not letters:
        letters = [_LETTERS.get(boot.get("dev", ""), "") for boot in domain.findall("os/boot")]
    return "".join(dict.fromkeys(letters)) or None


def _set_boot(domain: _Element, value: object) -> None:
    letters = line("boot", value)
    if not letters or len(set(letters)) < len(letters) or not set(letters) <= set(_KINDS):
        raise InvalidInput(f"boot is a row of the letters {', '.join(_KINDS)}, each once; not {value!r}.")
    if letters == _get_boot(domain):
        return
    if _ordered_devices(domain):
        _set_orders(domain, letters)
        return
    drop_all(domain, "os/boot")
    for letter in letters:
        add(child(domain, "os"), "boot", dev=_KINDS[letter])


def _set_orders(domain: _Element, letters: str) -> None:
    """Number the devices of each letter, in the order they have or stand in.

    A device that no letter names, such as a USB device, keeps its turn after them.
    """
    ordered = _ordered_devices(domain)
    devices = ordered + [device for device in domain.findall("devices/*") if device not in ordered]
    first = [device for letter in letters for device in devices if _letter_of(device) == letter]
    last = [device for device in ordered if not _letter_of(device)]
    for device in ordered:
        if _letter_of(device) not in letters:
            drop_all(device, "boot")
    for number, device in enumerate(first + last, 1):
        child(device, "boot").set("order", str(number))


def _remove_boot(domain: _Element) -> None:
    for element in [*domain.findall("os/boot"), *domain.findall("devices/*/boot")]:
        drop(element)


KEY = Key("boot", _get_boot, _set_boot, _remove_boot)
