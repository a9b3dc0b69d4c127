"""Serial consoles of a domain."""

from __future__ import annotations

from convirt_libvirt.domain.xml import parse_domain

_STREAMED = frozenset({"pty", "unix"})
"""The back ends that `virDomainOpenConsole` can open."""


def serial_consoles(xml: str) -> list[str]:
    """Return the aliases of the lines that `virDomainOpenConsole` can open, such as `serial0`, the usual first.

    :param xml: of the running domain: a definition has no aliases
    """
    domain = parse_domain(xml)
    found = [*domain.findall("devices/console"), *domain.findall("devices/serial")]
    aliases = [element.find("alias") for element in found if element.get("type") in _STREAMED]
    names = [alias.get("name", "") for alias in aliases if alias is not None]
    return list(dict.fromkeys(filter(None, names)))
