"""The server's processors."""

from __future__ import annotations

import re

from convirt_core.model import Processors
from convirt_core.services.environment.values import named

_MHZ = re.compile(r"([0-9]{1,6})(\.[0-9]*)?(MHz)?", re.ASCII)
_TOPOLOGY = re.compile(r"(cpu[0-9]+)/topology/(\w+)")


def processors(cpuinfo: str, topology: str) -> Processors:
    """Read /proc/cpuinfo and the kernel's topology of processors.

    Source: Linux, Documentation/admin-guide/cputopology.rst; what /proc/cpuinfo calls things differs between
    architectures (`cpu` and `clock` are POWER's words). A processor that is offline is in neither.

    :param topology: lines `cpu0/topology/core_id:0`
    """
    lines = list(named(cpuinfo))
    facts = dict(reversed(lines))  # of the first processor
    places = _places(topology)
    return Processors(
        vendor=facts.get("vendor_id", ""),
        model=facts.get("model name") or facts.get("cpu", ""),
        sockets=len({place.get("physical_package_id") for place in places}),
        cores=len({tuple(sorted(place.items())) for place in places}),
        threads=len(places) or sum(name == "processor" for name, _ in lines),
        mhz=_mhz(facts.get("cpu MHz") or facts.get("clock", "")),
    )


def _places(topology: str) -> list[dict[str, str]]:
    """Return for each processor what it is in: package, die, core. Two in one place are threads of one core."""
    places: dict[str, dict[str, str]] = {}
    for path, value in named(topology):
        if found := _TOPOLOGY.fullmatch(path):
            places.setdefault(found[1], {})[found[2]] = value
    return list(places.values())


def _mhz(text: str) -> int | None:
    found = _MHZ.fullmatch(text)
    return int(found[1]) if found else None
