"""Domain XML: read safely, edited element by element, seen as `VMConfig` and `VMInfo`.

May import `convirt_core` (errors, model, config, platforms). Only `xml` imports lxml, when XML is handled.
"""

from convirt_libvirt.domain.config import LibvirtConfig, digest_of
from convirt_libvirt.domain.dialect import QEMU, Dialect
from convirt_libvirt.domain.graphics import graphical_console
from convirt_libvirt.domain.info import info_from_xml
from convirt_libvirt.domain.key import Key
from convirt_libvirt.domain.keys import all_keys, platform_keys
from convirt_libvirt.domain.nics import with_mac
from convirt_libvirt.domain.xml import parse_domain, parse_xml

__all__ = [
    "QEMU",
    "Dialect",
    "Key",
    "LibvirtConfig",
    "all_keys",
    "digest_of",
    "graphical_console",
    "info_from_xml",
    "parse_domain",
    "parse_xml",
    "platform_keys",
    "with_mac",
]
