"""A real platform some of whose operations return at once, as if they were done: the kit must not believe it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from convirt_core.errors import ConvirtError
from convirt_core.model import Capability

if TYPE_CHECKING:
    from convirt_core.testing.workbench import Workbench


class FalseClaims:
    """Beside `PlatformContract`, whose tests it runs against what it has broken.

    :cvar lie_seconds: how long an operation is waited for that is not done; a real one takes less
    """

    lie_seconds: ClassVar[float] = 4.0

    @pytest.mark.parametrize(
        ("capability", "test"),
        [
            (Capability.PAUSE, "test_a_paused_vm_stands_still_until_it_is_resumed"),
            (Capability.SHUTDOWN, "test_a_guest_that_is_asked_to_shut_down_stops"),
            (Capability.KILL, "test_a_killed_vm_is_stopped_and_keeps_its_definition"),
        ],
    )
    def test_an_operation_that_returns_at_once_is_not_believed(
        self, bench: Workbench, monkeypatch: pytest.MonkeyPatch, capability: Capability, test: str
    ) -> None:
        bench.running()
        vmm = bench.server.call(lambda _, vmm: type(vmm))
        with monkeypatch.context() as lies:
            lies.setattr(vmm, capability.value, lambda *_: None)
            lies.setattr(bench, "deadline", lambda _: self.lie_seconds)
            with pytest.raises((AssertionError, ConvirtError)):
                getattr(self, test)(bench)
