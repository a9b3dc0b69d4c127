"""A new identity for a copied definition."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from convirt_core.config import random_mac
from convirt_libvirt.domain.xml import drop_all, set_attribute, set_text

if TYPE_CHECKING:
    from lxml.etree import _Element


def renew(domain: _Element, name: str) -> None:
    """Give the domain a name, a UUID and MAC addresses of its own; disks are still the old ones.

    What libvirt makes for each VM is left to it: the firmware's variable file, the generation id, the
    running one's device names. The BIOS's UUID must be the VM's, or libvirt refuses the definition.
    """
    new = str(uuid.uuid4())
    set_text(domain, "name", name)
    set_text(domain, "uuid", new)
    for entry in domain.findall("sysinfo/system/entry[@name='uuid']"):
        entry.text = new
    for mac in domain.findall("devices/interface/mac"):
        mac.set("address", random_mac())
    for target in domain.findall("devices/interface/target"):
        set_attribute(target, "dev", "")
    for variables in domain.findall("os/nvram"):
        variables.text = None
    for generation in domain.findall("genid"):
        generation.text = None
    drop_all(domain, "devices/channel/source[@mode='bind']")
