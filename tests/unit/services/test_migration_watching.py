"""What is told of a migration while it goes on, when the hypervisor does not say how quickly disks are copied."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from convirt_core.errors import NotDone
from convirt_core.model import MigrationProgress
from convirt_core.services.migration.bound import Bound
from convirt_core.services.migration.rates import Rate
from convirt_core.services.migration.watching import STALL_SECONDS, Watch

MIB = 1 << 20


class Clock:
    """Seconds, which go on when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Handle:
    """A task's handle, which keeps what it was told."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def progress(self, _: float | None, message: str) -> None:
        self.stages.append(message)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told(clock: Clock) -> Callable[..., list[str]]:
    """`told((seconds, MiB), …)`: what is told of so much left of the disks after so many seconds."""

    def look(*looks: tuple[float, int], said: int = 0) -> list[str]:
        handle = Handle()
        watch = Watch(handle, "web1", Bound("web1", None, remedy=""), monotonic=clock)  # type: ignore[arg-type]
        for clock.now, left in looks:
            watch(
                MigrationProgress(disk_total_bytes=9 << 30, disk_remaining_bytes=left * MIB, disk_bytes_per_second=said)
            )
        return handle.stages

    return look


def test_the_first_look_knows_no_rate(told) -> None:
    assert told((0.0, 900)) == ["moves web1: 900 MiB of disks left"]


def test_a_later_one_has_what_was_copied_meanwhile(told) -> None:
    assert told((0.0, 900), (0.5, 880), (1.0, 860))[1:] == [
        "moves web1: 880 MiB of disks left at 40 MiB/s",
        "moves web1: 860 MiB of disks left at 40 MiB/s",
    ]


def test_what_the_hypervisor_says_goes_first(told) -> None:
    assert told((0.0, 900), (1.0, 800), said=7 * MIB)[-1].endswith(" at 7 MiB/s")


def test_a_copy_that_became_slow_is_seen_as_slow_soon(told) -> None:
    assert told((0.0, 900), (1.0, 800), (2.0, 700), (7.0, 695))[-1].endswith(" at 1 MiB/s")


def test_a_disk_of_which_more_has_to_be_copied_than_before_has_no_negative_rate(told) -> None:
    assert told((0.0, 900), (1.0, 950))[-1].endswith(" at 0 MiB/s")


def test_two_looks_at_one_moment_are_no_rate(clock: Clock) -> None:
    rate = Rate(clock)
    assert [rate.bytes_per_second(9), rate.bytes_per_second(5)] == [None, None]


def test_of_a_hypervisor_that_counts_nothing_nobody_says_that_it_stands_still(clock: Clock) -> None:
    watch = Watch(Handle(), "web1", Bound("web1", None, remedy=""), monotonic=clock)  # type: ignore[arg-type]
    clock.now = STALL_SECONDS + 1
    watch(MigrationProgress(is_measured=False))
    clock.now += STALL_SECONDS + 1
    watch(MigrationProgress(is_measured=False))
    clock.now += STALL_SECONDS + 1
    with pytest.raises(NotDone, match="Nothing of web1 has been sent"):
        watch(MigrationProgress())
