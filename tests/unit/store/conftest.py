"""An inventory in a folder of its own, and values for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from labs.clocks import Clock

from convirt_core.model import Image, ImageGroup, ManagedNode, ServerPool, VMRecord, VMRef
from convirt_core.store import Store

HOST = ManagedNode("s1", "host1", "kvm")
VM = VMRecord(VMRef("s1", "k1"), "web1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "inventory.sqlite"


@pytest.fixture
def store(path: Path, clock: Clock) -> Iterator[Store]:
    with Store.open(path, busy_seconds=0.2, clock=clock) as store:
        yield store


@pytest.fixture
def full_store(store: Store) -> Store:
    """One value of each kind but tasks."""
    store.pools.add(ServerPool("p1", "lab", {"VM_DISKS_DIR": "/srv"}))
    store.servers.add(ManagedNode("s1", "host1", "kvm", pool="p1"))
    store.vms.add(VM)
    store.groups.add(ImageGroup("g1", "base"))
    store.images.add(Image("i1", "debian", "kvm", "g1", Path("/images/debian")))
    return store
