"""What other programs wrote into `<metadata>`. ConVirt reads it and keeps it, and writes none of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_LIBOSINFO = "{http://libosinfo.org/xmlns/libvirt/domain/1.0}"


def os_id(domain: _Element) -> str:
    """Return the guest's operating system as libosinfo's URL, such as `http://debian.org/debian/12`, or empty."""
    element = domain.find(f"metadata/{_LIBOSINFO}libosinfo/{_LIBOSINFO}os")
    return "" if element is None else element.get("id", "")
