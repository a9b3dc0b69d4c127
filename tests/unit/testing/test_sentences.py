"""How tests count the sentences of an error."""

from __future__ import annotations

import pytest
from labs.sentences import sentences


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("The VM did not start: libxl_device.c:1407 said no.", 1),
        ("The file /srv/one.save of Xen 4.17.3 is cut off", 1),
        ("The VM did not start. Xen holds a domain of it.", 2),
        ("The VM did not start:\nXen said no.", 2),
        ("Did it start? No!", 2),
    ],
)
def test_each_full_stop_and_each_line_ends_a_sentence(text: str, count: int) -> None:
    assert len(sentences(text)) == count
