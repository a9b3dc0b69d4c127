"""How the lab reads what Xen's own tool says of a domain, apart from how the platform reads it."""

from __future__ import annotations

import pytest
from labs.xen.kit import state_of

from convirt_core.model import VMState


@pytest.mark.parametrize(
    ("column", "state"),
    [
        ("r-----", VMState.RUNNING),
        ("-b----", VMState.RUNNING),
        ("------", VMState.RUNNING),
        ("--p---", VMState.PAUSED),
        ("-bp---", VMState.PAUSED),
        ("---s--", VMState.STOPPING),
        ("---sc-", VMState.CRASHED),
        ("---s-d", VMState.STOPPING),
    ],
)
def test_a_domain_is_in_the_state_that_its_column_says(column: str, state: VMState) -> None:
    assert state_of(column) is state


def test_a_column_of_another_shape_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="unpack"):
        state_of("running")
