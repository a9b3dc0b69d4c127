"""The keys `memory` and `maxmem`: MiB views on `<currentMemory>` and `<memory>`.

libvirt's `<memory>` is the most that the guest gets from its balloon, `<currentMemory>` what it starts with;
without the second both are the same (formatdomain, "Memory Allocation").
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput
from convirt_libvirt.domain.key import Key
from convirt_libvirt.domain.values import counted, integer
from convirt_libvirt.domain.xml import child, drop_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

MIB = 1 << 20
MOST_MIB = 1 << 34
"""16 PiB: what libvirt can count in KiB, with room."""

_UNITS: Mapping[str, int] = MappingProxyType(
    {"b": 1, "bytes": 1}
    | {unit + "b": 10 ** (3 * power) for power, unit in enumerate("kmgtpe", 1)}
    | {unit + "ib": 1 << 10 * power for power, unit in enumerate("kmgtpe", 1)}
    | {unit: 1 << 10 * power for power, unit in enumerate("kmgtpe", 1)}
)


def bytes_of(element: _Element) -> int:
    """Return a scaled integer of libvirt in bytes; without a unit it is KiB.

    :raises InvalidInput: for a number or unit that libvirt does not know
    """
    name = element.get("unit", "KiB")
    unit = _UNITS.get(name.lower())
    if unit is None:
        raise InvalidInput(f"<{element.tag}> of the definition is in {name!r}, which is no unit of libvirt's.")
    return counted(f"<{element.tag}>", element.text or "") * unit


def most_bytes(domain: _Element) -> int | None:
    """What the VM may grow to, or None where the definition does not say."""
    element = domain.find("memory")
    return None if element is None else bytes_of(element)


def current_bytes(domain: _Element) -> int | None:
    """What the VM starts with."""
    element = domain.find("currentMemory")
    return most_bytes(domain) if element is None else bytes_of(element)


def _mebibytes(size: int | None) -> int | None:
    return None if size is None else size // MIB


def _write(domain: _Element, tag: str, mebibytes: int) -> None:
    element = child(domain, tag)
    element.set("unit", "KiB")
    element.text = str(mebibytes * 1024)


def _get_memory(domain: _Element) -> int | None:
    return _mebibytes(current_bytes(domain))


def _get_maxmem(domain: _Element) -> int | None:
    return _mebibytes(most_bytes(domain))


def _set_memory(domain: _Element, value: object) -> None:
    """A VM without room for its balloon keeps none: both move. Beyond the room, the room grows."""
    wanted = integer("memory", value, 1, MOST_MIB)
    memory, most = _get_memory(domain), _get_maxmem(domain)
    if wanted == memory:
        return
    if most is None or memory == most or wanted > most:
        _refuse_with_numa(domain, "memory")
        _write(domain, "memory", wanted)
    _write(domain, "currentMemory", wanted)


def _set_maxmem(domain: _Element, value: object) -> None:
    """What the VM starts with stays, unless it is more than it now may have."""
    wanted = integer("maxmem", value, 1, MOST_MIB)
    memory, most = _get_memory(domain), _get_maxmem(domain)
    if wanted == most:
        return
    _refuse_with_numa(domain, "maxmem")
    _write(domain, "currentMemory", min(wanted, memory or wanted))
    _write(domain, "memory", wanted)


def _remove_maxmem(domain: _Element) -> None:
    """No room: it may have what it starts with."""
    memory = _get_memory(domain)
    if memory is not None and memory != _get_maxmem(domain):
        _refuse_with_numa(domain, "maxmem")
        _write(domain, "memory", memory)
    drop_all(domain, "currentMemory")


def _refuse_with_numa(domain: _Element, key: str) -> None:
    """With NUMA cells libvirt takes the size from their sum, whatever `<memory>` says."""
    if domain.find("cpu/numa/cell") is not None:
        raise InvalidInput(
            f"{key} is fixed by the VM's NUMA cells.", remedy="Change the cells' memory in the definition itself."
        )


KEYS = (Key("memory", _get_memory, _set_memory), Key("maxmem", _get_maxmem, _set_maxmem, _remove_maxmem))
