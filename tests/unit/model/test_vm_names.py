"""What a VM may be called."""

from __future__ import annotations

import pytest

from convirt_core.errors import InvalidInput
from convirt_core.model import check_vm_name


@pytest.mark.parametrize("name", ["web1", "a b", "a\ttab", ".hidden", "…", "ü" * 100])
def test_a_vm_may_be_called(name: str) -> None:
    assert check_vm_name(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\nb", "\x1b", " a", "a\t", "ü" * 101])
def test_a_vm_may_not_be_called_and_the_remedy_says_what_is_wrong(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_vm_name(name)
    for rule in ("1 to 200 bytes", "'/'", "control characters but tabs", "blanks at the ends", "'.' and '..'"):
        assert rule in caught.value.remedy
