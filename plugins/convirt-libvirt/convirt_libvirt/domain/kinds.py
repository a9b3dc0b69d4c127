"""What a domain asks of its server: a kind of machine, and devices of the server's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import GuestKind

if TYPE_CHECKING:
    from lxml.etree import _Element


def guest_kind(domain: _Element) -> GuestKind | None:
    """Return what a domain is; None for one whose server has not filled it in yet."""
    os_type = domain.find("os/type")
    if os_type is None or not os_type.get("arch") or not domain.get("type"):
        return None
    machine = os_type.get("machine")
    machines = frozenset({machine} if machine else ())
    return GuestKind(os_type.get("arch", ""), domain.get("type", ""), os_type.text or "", machines)


def host_devices(domain: _Element) -> list[str]:
    """Return the devices of its server that a domain is given whole, as kind and place."""
    return [f"{device.get('type')} {_place(device)}".strip() for device in domain.findall("devices/hostdev")]


def programs(domain: _Element) -> list[str]:
    """Return the paths of a domain's bootloader (Xen) and firmware (QEMU)."""
    named = (domain.findtext("bootloader"), domain.findtext("os/loader"))
    return [path for path in named if path and path.startswith("/")]


def _place(device: _Element) -> str:
    """Return the numbers that say which device it is, such as `0x0000:0x03:0x00:0x0`."""
    source = device.find("source")
    numbers = () if source is None else (value for part in source.iter() for value in part.attrib.values())
    return ":".join(str(number) for number in numbers)
