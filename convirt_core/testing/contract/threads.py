"""Calls from several threads, and a hypervisor that hangs."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from convirt_core.errors import ConvirtError, ServerUnavailable
from convirt_core.model import ServerState

if TYPE_CHECKING:
    from convirt_core.testing.workbench import Workbench

_DEADLINE_SECONDS = 3.0
_SLACK_SECONDS = 2.0
_ROUNDS = 5


class Threads:
    """A VNode is called by as many threads as its platform says, and by none that must not wait."""

    def test_as_many_threads_as_declared_look_at_once(self, bench: Workbench) -> None:
        vm, count = bench.stopped(), bench.platform.max_concurrency
        begin = threading.Barrier(count)

        def look() -> list[bool]:
            begin.wait(bench.lab.answer_seconds)
            return [vm.ref.key in bench.listed_keys() for _ in range(_ROUNDS)]

        with ThreadPoolExecutor(count) as pool:
            answers = [each.result() for each in [pool.submit(look) for _ in range(count)]]
        assert answers == [[True] * _ROUNDS] * count

    def test_what_a_vm_may_not_is_known_at_once(self, bench: Workbench) -> None:
        vm, begun = bench.stopped().vm, time.perf_counter()
        rounds = 200
        for _ in range(rounds):
            for capability in bench.platform.capabilities:
                vm.refusal(capability)
        spent = (time.perf_counter() - begun) / (rounds * len(bench.platform.capabilities))
        assert spent < 0.001

    def test_closing_twice_is_closing(self, bench: Workbench) -> None:
        bench.look(lambda vnode: (vnode.close(), vnode.close()))
        bench.app.servers.forget(bench.node.id)
        assert isinstance(bench.listed_keys(), set)

    def test_a_hypervisor_that_hangs_costs_a_caller_its_deadline_only(self, bench: Workbench) -> None:
        hung = bench.lab.hung()
        if hung is None:
            pytest.skip("the lab cannot let its hypervisor hang: write Lab.hung")
        bench.listed_keys()
        with hung:
            begun = time.monotonic()
            with pytest.raises(ServerUnavailable):
                bench.server.look(lambda vnode: vnode.vms(), deadline_seconds=_DEADLINE_SECONDS)
            assert time.monotonic() - begun < _DEADLINE_SECONDS + _SLACK_SECONDS
        bench.wait_until(lambda: _answers(bench), "the server answers again")


def _answers(bench: Workbench) -> bool:
    try:
        bench.server.reconnect()
    except ConvirtError:
        return False
    return bench.server.status.state is ServerState.UP
