"""Xen fulfils the contract, with real guests under a Xen in QEMU that is reached by ssh."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest
from labs.false_claims import FalseClaims
from labs.xen.kit import XenServer
from labs.xen.lab import running_xen
from labs.xen.managed import person_of

from convirt_core.testing import Lab, PlatformContract

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.root, pytest.mark.guest]


class TestXen(FalseClaims, PlatformContract):
    lie_seconds: ClassVar[float] = 12.0

    @pytest.fixture(scope="class")
    @classmethod
    def lab(cls) -> Iterator[Lab]:
        with running_xen() as server, person_of(server):
            yield XenServer(server)
