"""What an old file of xend's says of a VM, as values of a definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convirt_xen.sxp import Sxp

_PLAIN = ("name", "uuid", "memory", "maxmem", "vcpus", "bootloader", "on_poweroff", "on_reboot", "on_crash")
_OF_IMAGE = {"kernel": "kernel", "ramdisk": "ramdisk", "args": "extra", "root": "root", "boot": "boot"}


def values_of(domain: list[Sxp]) -> dict[str, object]:
    """Return the keys of a definition that a `(domain …)` or `(vm …)` says; what is only true of a run is left out.

    :raises InvalidInput: it is something else
    """
    if not domain or domain[0] not in ("domain", "vm"):
        raise InvalidInput("The file begins with neither (domain nor (vm.", remedy="Give it a file of xend's.")
    values: dict[str, object] = {key: found for key in _PLAIN if (found := _text(domain, key))}
    for image in _lists(domain, "image"):
        builder = image[1] if len(image) > 1 and isinstance(image[1], list) else []
        values |= {ours: found for key, ours in _OF_IMAGE.items() if (found := _text(builder, key))}
        if builder:
            values["builder"] = builder[0]
    devices = [
        device[1]
        for device in _lists(domain, "device")
        if len(device) > 1 and device[1] and isinstance(device[1], list)
    ]
    values["disk"] = [_disk(device) for device in devices if device[0] in ("vbd", "tap")]
    values["vif"] = [_card(device) for device in devices if device[0] == "vif"]
    return {key: value for key, value in values.items() if value != []}


def _lists(parent: Sequence[Sxp], name: str) -> list[list[Sxp]]:
    return [part for part in parent if isinstance(part, list) and part and part[0] == name]


def _text(parent: Sequence[Sxp], name: str) -> str:
    """Return the text of `(name text)`, or nothing."""
    found = next(iter(_lists(parent, name)), [])
    return found[1] if len(found) > 1 and isinstance(found[1], str) else ""


def _disk(device: Sequence[Sxp]) -> str:
    return f"{_text(device, 'uname')},{_text(device, 'dev').removesuffix(':disk')},{_text(device, 'mode')}"


def _card(device: Sequence[Sxp]) -> str:
    known: Mapping[str, str] = {name: _text(device, name) for name in ("mac", "bridge", "model", "vifname")}
    return ",".join(f"{name}={value}" for name, value in known.items() if value)
