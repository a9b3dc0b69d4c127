"""Counters of one domain after the other, for a driver that has none in bulk, such as libxl's (9.0).

A running domain costs four calls and one for each network card, a stopped one costs one, whatever else the server
holds. None of them asks the guest. The driver keeps who asks for counters waiting, up to 30 s, while it works on the
domain: then they are not asked for.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import libvirt
from attrs import field, frozen

from convirt_libvirt.domain.disks import read_disks
from convirt_libvirt.domain.nics import read_nics
from convirt_libvirt.domain.xml import parse_domain
from convirt_libvirt.errors import is_gone, is_lost
from convirt_libvirt.metrics import from_info

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convirt_core.model import VMMetrics

    Pair = tuple[int, int]

MOST_CARDS = 8
"""That are asked about; Xen's own toolstack gives a guest no more unless it is told to."""

_ALL_DISKS = ""
_NOTHING = (0, 0)


@frozen
class _Run:
    """What was read of one run of a domain.

    :param number: of the run
    :param counters: bytes read and written by all disks (named `""`), received and sent by each card, by its name
    """

    number: int
    disks: int = 0
    cards: int = 0
    counters: Mapping[str, Pair] = field(factory=dict)


class Counters:
    """The counters of one server's domains.

    Where some cannot be read, those stand that were read last in the same run. Without any, the next ones would look
    like a leap: all that was counted since the boot, in one interval.
    """

    def __init__(self) -> None:
        self._last: dict[str, _Run] = {}

    def fill(self, domain: Any, metrics: VMMetrics) -> None:
        """Fill in one domain's.

        :raises libvirtError: it has ended since it was listed, or the connection has
        """
        from_info(domain, metrics)
        metrics.memory_bytes = min(metrics.memory_bytes, metrics.memory_limit_bytes)  # Xen counts some pages of its own
        if not metrics.state.is_resident:
            return
        run = self._last.get(metrics.key)
        if run is None or run.number != domain.ID():
            run = _Run(domain.ID())
        if domain.jobInfo()[0] == libvirt.VIR_DOMAIN_JOB_NONE:
            run = _read(domain, run)
        self._last[metrics.key] = run
        _tell(run, metrics)


def _read(domain: Any, last: _Run) -> _Run:
    xml = parse_domain(domain.XMLDesc(0))
    disks, cards = read_disks(xml), read_nics(xml)
    asked = {_ALL_DISKS: _pair(partial(domain.blockStats, _ALL_DISKS), 1, 3)} if disks else {}
    for name in [card.target for card in cards if card.target][:MOST_CARDS]:
        asked[name] = _pair(partial(domain.interfaceStats, name), 0, 4)
    counters = {name: pair or last.counters.get(name, _NOTHING) for name, pair in asked.items()}
    return _Run(last.number, len(disks), len(cards), counters)


def _tell(run: _Run, metrics: VMMetrics) -> None:
    metrics.disk_count, metrics.nic_count = run.disks, run.cards
    for name, (first, second) in run.counters.items():
        if name == _ALL_DISKS:
            metrics.read_bytes, metrics.written_bytes = first, second
        else:
            metrics.received_bytes += first
            metrics.sent_bytes += second


def _pair(ask: Callable[[], tuple[int, ...]], first: int, second: int) -> Pair | None:
    """Return two counters of an answer, which are -1 where the hypervisor does not count.

    None: a backend without counters (a disk of QEMU's), or a domain that stops meanwhile.
    """
    try:
        answer = ask()
    except libvirt.libvirtError as error:
        if is_gone(error) or is_lost(error):
            raise
        return None
    return max(0, answer[first]), max(0, answer[second])
