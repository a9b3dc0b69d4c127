"""What the conformance kit makes of what is seen while a VM moves."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from convirt_core.errors import NotFound, OperationFailed
from convirt_core.model import Capability
from convirt_core.testing.onlooker import Onlooker

if TYPE_CHECKING:
    from collections.abc import Callable

VM = SimpleNamespace(ref=SimpleNamespace(key="key"))
WAY = Capability.MIGRATE_BANDWIDTH


def bench(
    *, moves_with: Callable[..., bool | None], is_migrating: Callable[..., bool] = lambda _: True, concurrency: int = 2
) -> SimpleNamespace:
    """What the kit knows of a server whose lab and platform answer like this."""
    vmm = SimpleNamespace(is_migrating=is_migrating)
    return SimpleNamespace(
        lab=SimpleNamespace(moves_with=moves_with),
        platform=SimpleNamespace(max_concurrency=concurrency),
        unseen=set(),
        call=lambda function: function(None, vmm),
    )


def looked(bench: SimpleNamespace) -> Onlooker:
    """An onlooker of a migration that was over at once."""
    with Onlooker(bench, VM, WAY) as onlooker:
        pass
    return onlooker


def test_a_lab_that_cannot_look_fails_the_test() -> None:
    broken = bench(moves_with=Mock(side_effect=RuntimeError("no such tool")))
    with pytest.raises(RuntimeError, match="no such tool"):
        looked(broken)


def test_what_fails_itself_is_not_hidden_by_a_lab_that_cannot_look() -> None:
    broken = bench(moves_with=Mock(side_effect=RuntimeError("no such tool")))
    with pytest.raises(OperationFailed, match="no way"), Onlooker(broken, VM, WAY):
        raise OperationFailed("There is no way.")


def test_a_migration_that_is_over_at_once_was_not_seen_to_go_its_way() -> None:
    onlooker = looked(bench(moves_with=lambda *_: False))
    with pytest.raises(AssertionError, match="never saw migrate-bandwidth"):
        onlooker.check_way()


def test_a_way_that_nobody_can_see_is_said_to_be_unseen() -> None:
    blind = bench(moves_with=lambda *_: None)
    looked(blind).check_way()
    assert blind.unseen == {"ways of migrating"}


def test_a_vm_that_has_left_is_not_found_and_that_is_all_right() -> None:
    left = bench(moves_with=lambda *_: True, is_migrating=Mock(side_effect=NotFound("It is gone.")))
    assert not looked(left).is_seen


def test_a_platform_that_cannot_say_whether_a_vm_moves_fails_the_test() -> None:
    broken = bench(moves_with=lambda *_: True, is_migrating=Mock(side_effect=OperationFailed("It has no idea.")))
    with pytest.raises(OperationFailed, match="no idea"):
        looked(broken)


def test_a_slow_migration_that_the_platform_never_tells_of_is_wrong() -> None:
    silent = bench(moves_with=lambda *_: True, is_migrating=lambda _: False)
    with pytest.raises(AssertionError, match="never said"):
        looked(silent).check_seen(is_slow=True)


@pytest.mark.parametrize(("is_slow", "concurrency"), [(False, 2), (True, 1)])
def test_a_migration_that_nobody_could_be_asked_about_is_said_to_be_unseen(is_slow: bool, concurrency: int) -> None:
    quick = bench(moves_with=lambda *_: True, is_migrating=lambda _: False, concurrency=concurrency)
    looked(quick).check_seen(is_slow=is_slow)
    assert quick.unseen == {"VMs on their way"}


def test_it_is_looked_again_for_as_long_as_a_vm_moves() -> None:
    answers = iter([False, True])
    with Onlooker(bench(moves_with=lambda *_: next(answers, True)), VM, WAY) as onlooker:
        end = time.monotonic() + 10
        while True not in onlooker.ways and time.monotonic() < end:
            time.sleep(0.01)
    onlooker.check_way()
    onlooker.check_seen(is_slow=True)
