"""`getAllDomainStats`, for the drivers that have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import libvirt

from convirt_libvirt.errors import is_unsupported

Record = tuple[Any, Mapping[str, Any]]
"""A libvirt domain with what was said of it."""

STATE = libvirt.VIR_DOMAIN_STATS_STATE
SIZE = libvirt.VIR_DOMAIN_STATS_BALLOON | libvirt.VIR_DOMAIN_STATS_VCPU
COUNTERS = libvirt.VIR_DOMAIN_STATS_CPU_TOTAL | libvirt.VIR_DOMAIN_STATS_INTERFACE | libvirt.VIR_DOMAIN_STATS_BLOCK
INACTIVE = libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_INACTIVE
NO_WAIT = libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT


class Statistics:
    """What the driver says of all its domains in one call.

    A driver without this call (Xen) is asked once, and gives records without statistics from then on; a
    driver without some group (test) leaves it out. Either way, what a record lacks is read from its domain.
    """

    def __init__(self) -> None:
        self._has_call = True

    def read(self, handle: libvirt.virConnect, groups: int, flags: int = 0) -> list[Record]:
        """Return a record for each domain.

        :param groups: `STATE`, `SIZE`, `COUNTERS`
        :param flags: `INACTIVE`, which a driver without the call answers with nothing, and `NO_WAIT`
        """
        if self._has_call:
            try:
                records: list[Record] = handle.getAllDomainStats(groups, flags)
            except libvirt.libvirtError as error:
                if not is_unsupported(error):
                    raise
                self._has_call = False
            else:
                return records
        return [] if flags & INACTIVE else [(domain, {}) for domain in handle.listAllDomains(0)]
