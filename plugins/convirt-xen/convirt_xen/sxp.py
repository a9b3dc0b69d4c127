"""Old files of xend's: s-expressions, as `xm list --long` wrote them and `xm create -F` read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.config.s_expressions import lists_named, text_named
from convirt_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convirt_core.config.s_expressions import SExpression

_PLAIN = ("name", "uuid", "memory", "maxmem", "vcpus", "bootloader", "on_poweroff", "on_reboot", "on_crash")
_OF_IMAGE = {"kernel": "kernel", "ramdisk": "ramdisk", "args": "extra", "root": "root", "boot": "boot"}


def values_of(domain: list[SExpression]) -> dict[str, object]:
    """Return the keys of a definition that a `(domain …)` or `(vm …)` says; what is only true of a run is left out.

    :raises InvalidInput: it is something else
    """
    if not domain or domain[0] not in ("domain", "vm"):
        raise InvalidInput("The file begins with neither (domain nor (vm.", remedy="Give it a file of xend's.")
    values: dict[str, object] = {key: found for key in _PLAIN if (found := text_named(domain, key))}
    for image in lists_named(domain, "image"):
        builder = image[1] if len(image) > 1 and isinstance(image[1], list) else []
        values |= {ours: found for key, ours in _OF_IMAGE.items() if (found := text_named(builder, key))}
        if builder:
            values["builder"] = builder[0]
    said = (device[1] for device in lists_named(domain, "device") if device[1:])
    devices = [device for device in said if device and isinstance(device, list)]
    values["disk"] = [_disk(device) for device in devices if device[0] in ("vbd", "tap")]
    values["vif"] = [_card(device) for device in devices if device[0] == "vif"]
    return {key: value for key, value in values.items() if value != []}


def _disk(device: Sequence[SExpression]) -> str:
    path, target, mode = (text_named(device, name) for name in ("uname", "dev", "mode"))
    return f"{path},{target.removesuffix(':disk')},{mode}"


def _card(device: Sequence[SExpression]) -> str:
    known: Mapping[str, str] = {name: text_named(device, name) for name in ("mac", "bridge", "model", "vifname")}
    return ",".join(f"{name}={value}" for name, value in known.items() if value)
