"""Domains that somebody makes with xl, beside libvirt and ConVirt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from labs.xen.guest import KERNEL, RAMDISK
from labs.xen.managed import ManagedXen

from convirt_core.errors import NotSupported
from convirt_core.model import Capability, VMState

if TYPE_CHECKING:
    from convirt_core.services.listed import ListedVM

pytestmark = [pytest.mark.root, pytest.mark.guest]


@pytest.fixture
def hand(xen: ManagedXen, prefix: str) -> Iterator[ListedVM]:
    """One that has not run yet, with 128 MiB."""
    name = f"{prefix}hand"
    config = f"name='{name}'\nmemory=128\nkernel='{KERNEL}'\nramdisk='{RAMDISK}'\nextra='console=hvc0'\n"
    xen.lab.run("sh", "-c", "cat > /tmp/hand.cfg && xl create -p /tmp/hand.cfg", says=config)
    try:
        yield xen.find(name)
    finally:
        xen.lab.run("xl", "destroy", name)


def test_it_appears_unmanaged_with_state_and_memory(xen: ManagedXen, hand: ListedVM) -> None:
    assert (hand.managed, hand.vm.state, hand.vm.memory_bytes) == (False, VMState.PAUSED, 128 << 20)
    assert hand.vm.id == xen.lab.xl_domain(hand.name).id

    xen.lab.run("xl", "unpause", hand.name)

    assert xen.find(hand.name).vm.state is VMState.RUNNING
    assert xen.app.vms.details(hand.ref).info["memory"] == 128


def test_nothing_is_done_to_it(xen: ManagedXen, hand: ListedVM) -> None:
    with pytest.raises(NotSupported, match="made with xl"):
        xen.app.lifecycle.run(Capability.KILL, hand, force=True)

    assert xen.lab.xl_domain(hand.name)
