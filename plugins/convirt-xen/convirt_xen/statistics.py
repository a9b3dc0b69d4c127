"""Counters of one domain: the libxl driver (9.0) has none in bulk.

A running domain costs four calls and one for each network card, a stopped one costs one, whatever else the server
holds; domain 0 costs none. None of them asks the guest. The driver keeps who asks for counters waiting, up to 30 s,
while it works on the domain: then they are not asked for.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import libvirt

from convirt_libvirt.domain.disks import read_disks
from convirt_libvirt.domain.nics import read_nics
from convirt_libvirt.domain.xml import parse_domain
from convirt_libvirt.errors import is_gone, is_lost
from convirt_libvirt.metrics import from_info

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import VMMetrics

MOST_CARDS = 8
"""That are asked about; Xen's own toolstack gives a guest no more unless it is told to."""


def fill(domain: Any, metrics: VMMetrics) -> None:
    """Fill in one domain's counters.

    :raises libvirtError: it has ended since it was listed, or the connection has
    """
    from_info(domain, metrics)
    metrics.memory_bytes = min(metrics.memory_bytes, metrics.memory_limit_bytes)  # Xen counts some pages of its own
    if not metrics.state.is_resident or domain.jobInfo()[0] != libvirt.VIR_DOMAIN_JOB_NONE:
        return
    running = parse_domain(domain.XMLDesc(0))
    cards = read_nics(running)
    metrics.nic_count, metrics.disk_count = len(cards), len(read_disks(running))
    if metrics.disk_count:
        read, written = _counters(partial(domain.blockStats, ""), 1, 3)
        metrics.read_bytes, metrics.written_bytes = read, written
    for name in [card.target for card in cards if card.target][:MOST_CARDS]:
        received, sent = _counters(partial(domain.interfaceStats, name), 0, 4)
        metrics.received_bytes += received
        metrics.sent_bytes += sent


def _counters(ask: Callable[[], tuple[int, ...]], first: int, second: int) -> tuple[int, int]:
    """Return two counters of an answer, which are -1 where Xen does not count.

    A backend without counters (a disk of QEMU's), and a domain that stops meanwhile, count nothing.
    """
    try:
        answer = ask()
    except libvirt.libvirtError as error:
        if is_gone(error) or is_lost(error):
            raise
        return 0, 0
    return max(0, answer[first]), max(0, answer[second])
