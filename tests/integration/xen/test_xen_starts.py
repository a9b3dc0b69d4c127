"""Why a guest did not start."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from labs.xen.managed import ManagedXen

from convirt_core.errors import OperationFailed
from convirt_core.model import Capability, TaskState

if TYPE_CHECKING:
    from convirt_core.services.listed import ListedVM

pytestmark = [pytest.mark.root, pytest.mark.guest]


def test_a_kernel_that_does_not_exist_is_named_by_lines_of_this_start_alone(
    xen: ManagedXen, define: Callable[..., ListedVM]
) -> None:
    first, second = define("lost1", kernel="/srv/no-kernel-1"), define("lost2", kernel="/srv/no-kernel-2")
    with pytest.raises(OperationFailed, match="/srv/no-kernel-1"):
        xen.do(Capability.START, first)

    with pytest.raises(OperationFailed, match="/srv/no-kernel-2") as caught:
        xen.do(Capability.START, second)

    assert "no-kernel-1" not in caught.value.message
    assert "\n" not in caught.value.message
    assert xen.lab.xl_domain(second.name) is None
    assert xen.last_task().state is TaskState.FAILED
    assert xen.last_task().error.startswith(caught.value.message)
