"""A Xen server for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from labs.xen.guest import XenGuest
from labs.xen.lab import XenLab, running_xen


@pytest.fixture(scope="package")
def xen_lab() -> Iterator[XenLab]:
    """The Xen server that people have started, cleared; else one for these tests alone."""
    with running_xen() as lab:
        yield lab


@pytest.fixture
def make_xen_guest(xen_lab: XenLab, prefix: str) -> Iterator[Callable[..., XenGuest]]:
    """`make_xen_guest("name", "pv", *words, **settings)`: a guest, not yet defined; removed after the test."""
    made = []

    def make(name: str, kind: str = "pv", *words: str, **settings: Any) -> XenGuest:
        made.append(XenGuest(xen_lab, prefix + name, kind, words, **settings))
        return made[-1]

    yield make
    for guest in made:
        guest.remove()
