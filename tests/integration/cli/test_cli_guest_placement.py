"""A guest whose server is chosen among those of a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.root, pytest.mark.guest]


def test_a_guest_boots_on_the_server_that_was_chosen(
    lab: Any, make_vm: Callable[..., str], wait_for: Callable[..., None]
) -> None:
    name = make_vm("--pool", "lab", "--json")
    assert lab.convirt.json("vm", "info", name)["vm"]["server"] == "here"
    wait_for(name, f"token={name}")
