"""What a sentence calls a capability."""

from __future__ import annotations

import pytest

from convirt_core.model import Capability


@pytest.mark.parametrize("capability", Capability)
def test_a_capability_is_called_by_words_and_not_by_its_id(capability: Capability) -> None:
    assert "-" not in capability.words


def test_what_a_person_asks_for_by_another_name_is_called_by_that() -> None:
    assert Capability.MANAGED_SAVE.words == "save"
    assert Capability.DEFINE.words == "a change of the definition"
    assert Capability.SET_MEMORY.words == "a change of the memory"
