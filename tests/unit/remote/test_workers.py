"""Calls with a deadline, from the few threads of a server."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from convirt_core.errors import DeadlineExceeded, ServerUnavailable
from convirt_core.remote.calls import Call, Stage
from convirt_core.remote.ceiling import Ceiling
from convirt_core.remote.workers import Workers

Make = Callable[..., Workers]


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What a hung call waits for; opened at the end."""
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.fixture
def make() -> Iterator[Make]:
    made = []

    def make(**more: object) -> Workers:
        workers = Workers("host1", **{"limit": 2, "ceiling": Ceiling(8), **more})  # type: ignore[arg-type]
        made.append(workers)
        return workers

    yield make
    for workers in made:
        workers.close()


def call(workers: Workers, function: Callable[[], object], seconds: float = 5.0) -> object:
    return workers.submit(function, deadline_seconds=seconds).result()


def hang(workers: Workers, gate: threading.Event) -> None:
    with pytest.raises(DeadlineExceeded):
        call(workers, gate.wait, 0.03)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_call_gives_what_the_function_returns(make: Make) -> None:
    assert call(make(), lambda: 42) == 42


def test_a_call_raises_what_the_function_raises(make: Make) -> None:
    with pytest.raises(ZeroDivisionError):
        call(make(), lambda: 1 // 0)


def test_no_thread_is_started_before_there_is_work(make: Make) -> None:
    assert make().threads == 0


def test_an_idle_thread_ends(make: Make) -> None:
    workers = make(idle_seconds=0.02)
    call(workers, lambda: None)
    wait_until(lambda: workers.threads == 0)


def test_threads_are_daemons_so_that_a_hung_one_does_not_hold_the_process(make: Make) -> None:
    assert call(make(), lambda: threading.current_thread().daemon)


def test_calls_run_at_once_up_to_the_limit(make: Make, gate: threading.Event) -> None:
    workers = make(limit=2)
    together = threading.Barrier(2)
    calls = [workers.submit(lambda: together.wait(5), deadline_seconds=5) for _ in range(2)]
    assert sorted(each.result() for each in calls) == [0, 1]


def test_never_more_threads_than_the_limit(make: Make, gate: threading.Event) -> None:
    workers = make(limit=2)
    calls = [workers.submit(gate.wait, deadline_seconds=5) for _ in range(6)]
    assert workers.threads == 2
    gate.set()
    assert all(each.result() for each in calls)


def test_a_deadline_ends_the_wait_and_counts_the_thread_as_late(make: Make, gate: threading.Event) -> None:
    workers = make()
    hang(workers, gate)
    assert workers.late == 1


def test_a_call_that_was_never_begun_is_told_from_one_without_an_answer(make: Make, gate: threading.Event) -> None:
    workers = make(limit=1)
    busy = workers.submit(gate.wait, deadline_seconds=5)
    with pytest.raises(ServerUnavailable, match="too busy") as caught:
        call(workers, lambda: None, 0.03)
    assert not isinstance(caught.value, DeadlineExceeded)
    assert workers.late == 0
    gate.set()
    busy.result()


def test_with_all_threads_late_a_call_fails_at_once(make: Make, gate: threading.Event) -> None:
    workers = make(limit=1)
    hang(workers, gate)
    begun = time.monotonic()
    with pytest.raises(ServerUnavailable, match="host1 has not answered"):
        call(workers, lambda: None, 30)
    assert time.monotonic() - begun < 1


def test_calls_work_again_once_a_late_one_returned(make: Make, gate: threading.Event) -> None:
    workers = make(limit=1)
    hang(workers, gate)
    gate.set()
    wait_until(lambda: workers.late == 0)
    assert call(workers, lambda: 1) == 1


def test_the_queue_behind_a_hung_call_moves_on_when_it_returns(make: Make, gate: threading.Event) -> None:
    workers = make(limit=1)
    first = workers.submit(gate.wait, deadline_seconds=5)
    second = workers.submit(lambda: "second", deadline_seconds=5)
    gate.set()
    assert (first.result(), second.result()) == (True, "second")


def test_closing_answers_what_waits(make: Make, gate: threading.Event) -> None:
    workers = make(limit=1)
    workers.submit(gate.wait, deadline_seconds=5)
    waiting = workers.submit(lambda: None, deadline_seconds=5)
    workers.close()
    with pytest.raises(ServerUnavailable, match="closed"):
        waiting.result()


def test_a_hung_server_gives_its_places_below_the_ceiling_back(make: Make, gate: threading.Event) -> None:
    ceiling = Ceiling(1)
    hang(make(ceiling=ceiling), gate)
    assert call(make(ceiling=ceiling), lambda: "others go on") == "others go on"


def test_the_ceiling_bounds_the_calls_of_all_servers(make: Make, gate: threading.Event) -> None:
    ceiling = Ceiling(1)
    began, ran = threading.Event(), threading.Event()
    first = make(ceiling=ceiling).submit(lambda: (began.set(), gate.wait()), deadline_seconds=5)
    assert began.wait(5)
    second = make(ceiling=ceiling).submit(ran.set, deadline_seconds=5)
    assert not ran.wait(0.05)
    gate.set()
    first.result()
    second.result()
    assert ran.is_set()


def test_an_interrupted_wait_lets_the_call_settle_before_it_goes_on(make: Make) -> None:
    """What is undone after a Ctrl-C must not be in the making at that moment."""
    workers = make()
    done = threading.Event()
    pending = workers.submit(lambda: (time.sleep(0.1), done.set()), deadline_seconds=5)
    waits = iter([KeyboardInterrupt()])
    original = pending._answered.wait

    def wait(seconds: float) -> bool:
        for interrupt in waits:
            raise interrupt
        return original(seconds)

    pending._answered.wait = wait  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        pending.result()
    assert done.is_set()


def test_late_calls_can_be_waited_for(make: Make, gate: threading.Event) -> None:
    workers = make()
    hang(workers, gate)
    assert not workers.settle(0.02)
    threading.Timer(0.05, gate.set).start()
    assert workers.settle(5)
    assert workers.late == 0


@pytest.fixture
def abandoned(make: Make, gate: threading.Event) -> Workers:
    """One thread, in a call whose answer nobody wants any more, 0.2 s before its deadline."""
    workers = make(limit=1, ceiling=Ceiling(1))
    pending = workers.submit(gate.wait, deadline_seconds=0.2)
    wait_until(lambda: pending.is_begun)
    pending.give_up()
    return workers


def test_an_answer_that_nobody_wants_any_more_says_nothing_against_the_server(
    abandoned: Workers, gate: threading.Event
) -> None:
    assert abandoned.late == 0
    following = abandoned.submit(lambda: "answered", deadline_seconds=5)
    gate.set()
    assert following.result() == "answered"


def test_a_call_that_nobody_waits_for_is_late_once_its_deadline_has_passed(abandoned: Workers) -> None:
    wait_until(lambda: abandoned.late == 1)
    with pytest.raises(ServerUnavailable, match="host1 has not answered"):
        abandoned.submit(lambda: None, deadline_seconds=5)


def test_a_call_that_nobody_waits_for_gives_its_place_below_the_ceiling_back(make: Make, gate: threading.Event) -> None:
    ceiling = Ceiling(1)
    pending = make(ceiling=ceiling).submit(gate.wait, deadline_seconds=60)
    wait_until(lambda: pending.is_begun)
    pending.give_up()
    assert call(make(ceiling=ceiling), lambda: "others go on") == "others go on"


def test_what_was_given_up_early_is_waited_for_before_anything_is_undone(
    abandoned: Workers, gate: threading.Event
) -> None:
    assert not abandoned.settle(0.02)
    gate.set()
    assert abandoned.settle(5)


def test_a_call_that_returns_at_its_deadline_is_never_counted_below_none(
    make: Make, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread returns between the end of the wait and the count."""
    workers = make()
    counts: list[int] = []
    given_up = Workers._given_up

    def late_count(self: Workers, call: Call[Any], stage: Stage) -> None:
        gate.set()
        time.sleep(0.05)
        counts.append(workers.late)
        given_up(self, call, stage)

    monkeypatch.setattr(Workers, "_given_up", late_count)
    hang(workers, gate)
    assert counts == [0]
    assert workers.settle(5)
