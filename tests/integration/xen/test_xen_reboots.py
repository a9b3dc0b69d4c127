"""A reboot under Xen: a stop and a start for everybody but the person."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from labs.guest import READY
from labs.xen.managed import LONG, ManagedXen

from convirt_core.model import Capability, VMState

if TYPE_CHECKING:
    from convirt_core.services.listed import ListedVM

pytestmark = [pytest.mark.root, pytest.mark.guest]

REBOOT, SHUTDOWN, KILL = Capability.REBOOT, Capability.SHUTDOWN, Capability.KILL
DEVICES = {"disk": ["file:/srv/domu/disk.raw,xvda,w"], "vif": ["bridge=xenbr0"]}
BUSY = "for n in 1 2; do timeout 40 sh -c 'while :; do :; done' >/dev/null 2>&1 & done"
"""What keeps both processors of dom0 busy for a while."""


@pytest.fixture
def booted(xen: ManagedXen, define: Callable[..., ListedVM]) -> ListedVM:
    """A guest that is up."""
    return xen.boot(define("boots"))


def reboot(xen: ManagedXen, vm: ListedVM, until: str = "running") -> None:
    """Have somebody else reboot a guest; wait, in dom0, until libvirt calls it so."""
    asks = "virsh -q -c xen:///system"
    xen.lab.run("sh", "-c", f"{asks} reboot {vm.name}; until {asks} domstate {vm.name} | grep -q '{until}'; do :; done")


def wait_gone(xen: ManagedXen, vm: ListedVM) -> None:
    """Wait a while, and hold that Xen has no domain of the VM, nor gets one again."""
    time.sleep(20)
    assert xen.lab.xl_domain(vm.name) is None


@pytest.mark.parametrize("load", ["true", BUSY], ids=["idle", "busy"])
def test_it_is_done_with_a_new_number_and_a_new_boot_and_never_told_as_a_stop(
    xen: ManagedXen, booted: ListedVM, load: str
) -> None:
    boots = xen.lab.said(booted.name).count(READY)
    xen.lab.run("sh", "-c", load)
    heard = []
    end = xen.app.servers.get(booted.ref.server).subscribe(heard.append)
    now = xen.do(REBOOT, booted)
    end()

    assert now.vm.id not in {None, booted.vm.id}
    assert now.vm.id == xen.lab.xl_domain(booted.name).id
    xen.wait_booted(booted, times=boots + 1)
    assert [event for event in heard if event.key == booted.ref.key and event.state is VMState.STOPPED] == []


@pytest.mark.parametrize("is_between", [False, True], ids=["old-run", "between-runs"])
@pytest.mark.parametrize("capability", [SHUTDOWN, KILL])
def test_what_ends_a_guest_in_the_middle_of_its_reboot_ends_it(
    xen: ManagedXen, booted: ListedVM, capability: Capability, is_between: bool
) -> None:
    reboot(xen, booted, until="shut off" if is_between else "running")

    assert xen.do(capability, booted).vm.state is VMState.STOPPED
    wait_gone(xen, booted)


def test_a_guest_that_is_removed_between_its_runs_does_not_come_back(
    xen: ManagedXen, define: Callable[..., ListedVM]
) -> None:
    booted = xen.boot(define("devices", **DEVICES))  # which take Xen's scripts seconds, each time
    reboot(xen, booted, until="shut off")

    xen.app.lifecycle.remove(xen.find(booted.name), deadline_seconds=LONG)

    wait_gone(xen, booted)
    assert booted.name not in xen.lab.virsh("list", "--all", "--name")
