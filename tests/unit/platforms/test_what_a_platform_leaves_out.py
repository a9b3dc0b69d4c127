"""What the objects of a platform do that overrides nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from convirt_core.errors import NotSupported
from convirt_core.model import ManagedNode
from convirt_core.platforms import VMM, VNode


class Moving(VMM):
    """A hypervisor that moves a VM, and cannot end that."""

    def is_migrating(self, key: str) -> bool:
        return key == "moving"


@pytest.fixture
def vmm() -> VMM:
    return Moving(cast("VNode", SimpleNamespace(node=ManagedNode("id", "host1", "toy"))))


def test_the_migration_of_a_vm_that_does_not_move_is_ended_by_doing_nothing(vmm: VMM) -> None:
    vmm.stop_migration("resting")


def test_the_migration_of_a_vm_that_moves_is_not_said_to_be_ended(vmm: VMM) -> None:
    with pytest.raises(NotSupported, match=r"^toy cannot do this: live migration\.$"):
        vmm.stop_migration("moving")
