"""What the counters of many domains cost, and what a domain does to them that ends meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import libvirt
import pytest
from labs.xen.guest import XenGuest
from labs.xen.lab import XenLab
from labs.xen.managed import LONG, ManagedXen

from convirt_core.model import MetricSnapshot, VMState
from convirt_xen.counters import Counters

pytestmark = [pytest.mark.root, pytest.mark.guest]

DOMAINS = 8
CALLS_OF_A_DOMAIN = 4
"""For each that runs, and one for each network card: docs/reference/xen.md."""
CALLS_OF_A_SERVER = 8
LOCAL = {
    *("virDomainGetName", "virDomainGetUUIDString", "virDomainGetID", "virDomainFree"),
    *("virConnectIsAlive", "virGetLastError", "virEventRunDefaultImpl"),
}
"""What libvirt answers on this side."""


@pytest.fixture(scope="module")
def names(xen_lab: XenLab, prefix: str) -> Iterator[list[str]]:
    """Eight paused domains."""
    guests = [XenGuest(xen_lab, f"{prefix}{number}", memory_mib=100) for number in range(DOMAINS)]
    try:
        for guest in guests:
            guest.define()
            xen_lab.virsh("start", "--paused", guest.name)
        yield [guest.name for guest in guests]
    finally:
        for guest in guests:
            guest.remove()


def snapshot_of(xen: ManagedXen) -> MetricSnapshot:
    """What the server says, however busy it is."""
    server = xen.app.servers.of(xen.server)
    return server.call(lambda vnode, _: vnode.metric_snapshot(), deadline_seconds=LONG)


@pytest.fixture
def calls(xen: ManagedXen, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What is asked of libvirtd from now on, once all is connected that there is to connect."""
    snapshot_of(xen)
    counted: Counter[str] = Counter()
    module = libvirt.libvirtmod

    class Counting:
        def __getattr__(self, name: str) -> Any:
            if name.startswith("vir") and name not in LOCAL:
                counted[name] += 1
            return getattr(module, name)

    monkeypatch.setattr(libvirt, "libvirtmod", Counting())
    return counted


@pytest.mark.usefixtures("names")
def test_eight_domains_cost_no_more_calls_than_is_said(xen: ManagedXen, names: list[str], calls: Counter[str]) -> None:
    snapshot = snapshot_of(xen)

    asked = Counter({name: count for name, count in calls.items() if not name.startswith("virConnectGetLib")})  # pulse
    assert asked.total() <= CALLS_OF_A_DOMAIN * DOMAINS + CALLS_OF_A_SERVER, asked
    assert {vm.name for vm in snapshot.vms} == set(names)
    assert {(vm.state, vm.vcpus, vm.memory_bytes >> 20) for vm in snapshot.vms} == {(VMState.PAUSED, 1, 100)}


@pytest.mark.usefixtures("names")
def test_a_listing_asks_for_no_counters(xen: ManagedXen, calls: Counter[str]) -> None:
    assert [answer.error for answer in xen.app.vms.list(deadline_seconds=LONG)] == [None]
    assert {"virDomainBlockStats", "virDomainInterfaceStats", "virDomainGetXMLDesc"} & calls.keys() == set()
    assert calls["virDomainGetInfo"] <= DOMAINS + 1


def test_a_domain_that_ends_between_two_calls_fails_no_snapshot(
    xen: ManagedXen, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill, ending = Counters.fill, names[-1]

    def end_and_fill(counters: Counters, domain: Any, metrics: Any) -> None:
        if metrics.name == ending:
            xen.lab.remove(ending)
        fill(counters, domain, metrics)

    monkeypatch.setattr(Counters, "fill", end_and_fill)

    assert {vm.name for vm in snapshot_of(xen).vms} == set(names) - {ending}
