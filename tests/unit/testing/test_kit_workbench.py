"""How long the conformance kit waits, and what it asks of every platform."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from convirt_core.model import Capability, ManagedNode, VMState
from convirt_core.testing import Lab
from convirt_core.testing.contract import devices
from convirt_core.testing.guests import check_answers
from convirt_core.testing.workbench import NEEDED, Workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NODE = ManagedNode("one", "slow", "toy")
VM = SimpleNamespace(ref=SimpleNamespace(key="key"), name="web", vm=SimpleNamespace(key="key", state=VMState.RUNNING))


class SlowLab(Lab):
    deadlines = {Capability.KILL: 90.0, Capability.REMOVE: 80.0}  # noqa: RUF012  as an author writes it
    answer_seconds = 70.0

    def node(self):
        return NODE

    def values(self, name):
        return {"name": name}

    def witness(self, vm):
        return None


def application(capabilities: Iterable[Capability]) -> Mock:
    """An application with one server, which has one VM that runs."""
    app = Mock()
    app.grid.add_server.return_value = NODE
    app.servers.all.return_value = [NODE]
    app.servers.get.return_value.look.return_value = frozenset(capabilities)
    app.vms.list.return_value = [SimpleNamespace(error=None, node=NODE, vms=[VM])]
    return app


def test_a_slow_lab_has_its_own_time_to_clean_up() -> None:
    app = application(NEEDED)
    bench = Workbench(app, SlowLab())
    bench.adopt("key")
    bench.clear()
    app.lifecycle.run.assert_called_once_with(Capability.KILL, VM, deadline_seconds=90.0)
    app.lifecycle.remove.assert_called_once_with(VM, deadline_seconds=80.0)


def test_a_slow_lab_has_its_own_time_for_every_question() -> None:
    app = application(NEEDED)
    bench, server = Workbench(app, SlowLab()), app.servers.get.return_value
    server.look.return_value = []
    bench.listed_keys()
    bench.keys_of(NODE)
    bench.stored(VM)
    bench.info(VM)
    asked = [*server.look.call_args_list, *server.call.call_args_list]
    assert {call.kwargs["deadline_seconds"] for call in asked} == {70.0}


def test_a_platform_that_lacks_what_the_kit_needs_is_told_in_a_sentence() -> None:
    with pytest.raises(AssertionError, match=r"of toy what it does not declare: define, remove$"):
        Workbench(application({Capability.START, Capability.KILL}), SlowLab())


@pytest.mark.parametrize(
    ("needs", "name"),
    [
        (Workbench.other, "elsewhere"),
        (devices._disk, "new_disk"),
        (devices._nic, "new_nic"),
        (lambda bench: check_answers(bench, VM), "dialogue"),
    ],
)
def test_what_a_lab_lacks_is_told_by_its_name(needs: Callable[[Workbench], object], name: str) -> None:
    with pytest.raises(AssertionError, match=rf": write Lab\.{name}\b"):
        needs(Workbench(application(NEEDED), SlowLab()))
