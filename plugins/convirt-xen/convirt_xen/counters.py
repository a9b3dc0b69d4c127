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

from convirt_libvirt.errors import is_gone, is_lost
from convirt_libvirt.metrics import from_info

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from convirt_core.model import VMMetrics

    Count = tuple[int, int, int]
    """How many devices, and the bytes that have come and gone."""

MOST_CARDS = 8
"""That are asked about; Xen's own toolstack gives a guest no more unless it is told to."""

_ALL_DISKS = ""


@frozen
class _Run:
    """What was read of one run of a domain.

    :param number: of the run
    :param counters: of all disks (named `""`) what was read and written, of each card, by its name, what was received
        and sent; only of what could ever be read
    """

    number: int
    counters: Mapping[str, Count] = field(factory=dict)


class Counters:
    """The counters of one server's domains.

    Where some cannot be read, those stand that were read last in the same run, with as many devices as they were of. A
    device that could never be read is not counted as one: when it can be for the first time, one has come, and all that
    was counted since the boot is not taken for what was done in one interval.
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
            self._last.pop(metrics.key, None)
            return
        run = self._last.get(metrics.key)
        if run is None or run.number != domain.ID():
            run = _Run(domain.ID())
        if domain.jobInfo()[0] == libvirt.VIR_DOMAIN_JOB_NONE:
            run = _read(domain, run)
        self._last[metrics.key] = run
        _tell(run, metrics)

    def forget_others(self, keys: AbstractSet[str]) -> None:
        """Keep nothing of domains but these."""
        for key in self._last.keys() - keys:
            self._last.pop(key, None)


def _read(domain: Any, last: _Run) -> _Run:
    from convirt_libvirt.domain.disks import read_disks  # noqa: PLC0415  a listing of VMs needs no XML
    from convirt_libvirt.domain.nics import read_nics  # noqa: PLC0415  likewise
    from convirt_libvirt.domain.xml import parse_domain  # noqa: PLC0415  likewise

    xml = parse_domain(domain.XMLDesc(0))
    disks, cards = read_disks(xml), read_nics(xml)
    asked = {_ALL_DISKS: _count(len(disks), partial(domain.blockStats, _ALL_DISKS), 1, 3)} if disks else {}
    for name in [card.target for card in cards if card.target][:MOST_CARDS]:
        asked[name] = _count(1, partial(domain.interfaceStats, name), 0, 4)
    counters = {name: count or last.counters.get(name) for name, count in asked.items()}
    return _Run(last.number, {name: count for name, count in counters.items() if count})


def _tell(run: _Run, metrics: VMMetrics) -> None:
    for name, (devices, first, second) in run.counters.items():
        if name == _ALL_DISKS:
            metrics.disk_count, metrics.read_bytes, metrics.written_bytes = devices, first, second
        else:
            metrics.nic_count += devices
            metrics.received_bytes += first
            metrics.sent_bytes += second


def _count(devices: int, ask: Callable[[], tuple[int, ...]], first: int, second: int) -> Count | None:
    """Return two counters of an answer, which are -1 where the hypervisor does not count.

    None: a backend without counters (a disk of QEMU's), or a domain that stops meanwhile.
    """
    try:
        answer = ask()
    except libvirt.libvirtError as error:
        if is_gone(error) or is_lost(error):
            raise
        return None
    return devices, max(0, answer[first]), max(0, answer[second])
