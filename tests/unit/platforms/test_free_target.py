"""The device name that a new disk gets when nobody says one."""

import pytest

from convirt_core.model import Disk
from convirt_core.platforms import Platform


@pytest.mark.parametrize(
    ("first", "present", "free"),
    [
        ("vda", [], "vda"),
        ("vda", ["vda", "vdb"], "vdc"),
        ("vda", ["vdb"], "vda"),
        ("xvda", ["xvda"], "xvdb"),
        ("xvda", ["xvda1", "xvda2"], "xvdb"),
        ("xvda", ["hda", "hdc"], "xvdb"),
        ("xvda", ["", "odd"], "xvda"),
        ("vda", [f"vd{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"], ""),
    ],
)
def test_it_is_the_platforms_first_whose_letter_no_disk_has(first, present, free):
    platform = Platform("Some", frozenset(), first_disk=first)
    assert platform.free_target([Disk(target) for target in present]) == free
