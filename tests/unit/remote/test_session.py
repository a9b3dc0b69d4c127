"""The state of the way to a server."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from labs.clocks import Clock

from convirt_core.errors import DeadlineExceeded, ServerUnavailable
from convirt_core.model import ServerState
from convirt_core.remote import Ceiling, LocalProxy, Session
from convirt_core.remote.health import (
    FIRST_DELAY_SECONDS,
    JUST_LOST_DELAY_SECONDS,
    LONGEST_DELAY_SECONDS,
    Health,
    delay_seconds,
)


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health("host1", clock=clock, chance=lambda: 0.0)


@pytest.fixture
def session(clock: Clock) -> Iterator[Session]:
    session = Session("host1", LocalProxy(), threads=1, ceiling=Ceiling(4), clock=clock)
    yield session
    session.close()


def test_a_server_that_was_never_asked_is_unknown(session: Session) -> None:
    assert session.status.state is ServerState.UNKNOWN


def test_since_is_when_the_state_began(health: Health, clock: Clock) -> None:
    health.up()
    clock.now = 1_050.0
    health.up()
    assert health.status.since == 1_000.0


def test_a_late_call_makes_the_server_suspect_until_it_returns(session: Session) -> None:
    session.health.up()
    gate = threading.Event()
    with pytest.raises(DeadlineExceeded):
        session.call(gate.wait, deadline_seconds=0.03)
    assert session.status.state is ServerState.SUSPECT
    assert session.status.reason == "1 call not answered in time."
    gate.set()
    while session.status.state is ServerState.SUSPECT:
        gate.wait(0.005)
    assert session.status.state is ServerState.UP


def test_a_lost_connection_is_down_and_may_be_tried_at_once(session: Session) -> None:
    session.health.up()
    session.lost("keep-alive ended")
    assert session.status.state is ServerState.DOWN
    assert session.status.reason == "keep-alive ended"
    session.health.check_worth_trying()


def test_after_a_failed_attempt_the_next_has_to_wait(health: Health) -> None:
    health.failed("connection refused")
    with pytest.raises(ServerUnavailable, match=r"^host1 cannot be reached: connection refused\.$"):
        health.check_worth_trying()


def test_a_reason_that_names_the_server_is_the_whole_sentence(health: Health) -> None:
    health.failed("libvirt does not run on host1: no such file.")
    with pytest.raises(ServerUnavailable, match=r"^libvirt does not run on host1: no such file\.$"):
        health.check_worth_trying()


def test_once_the_wait_is_over_it_may_be_tried(health: Health, clock: Clock) -> None:
    health.failed("connection refused")
    clock.now += 1.01
    health.check_worth_trying()


def test_a_person_who_says_connect_does_not_wait(health: Health) -> None:
    health.failed("connection refused")
    health.forgive()
    health.check_worth_trying()


def test_a_success_makes_the_next_failure_cheap_again(health: Health, clock: Clock) -> None:
    for _ in range(6):
        health.failed("no")
    health.up()
    health.failed("no")
    clock.now += 1.01
    health.check_worth_trying()


@given(st.integers(1, 200), st.floats(0, 3600), st.floats(0, 1))
def test_the_delay_grows_to_a_minute_and_jitter_takes_at_most_half(failures: int, outage: float, chance: float) -> None:
    whole = delay_seconds(failures, outage, 0.0)
    assert FIRST_DELAY_SECONDS <= whole <= LONGEST_DELAY_SECONDS
    assert whole / 2 <= delay_seconds(failures, outage, chance) <= whole


@given(st.integers(1, 200), st.floats(0, 60))
def test_a_server_that_was_just_lost_is_tried_every_four_seconds_at_least(failures: int, outage: float) -> None:
    assert delay_seconds(failures, outage, 0.0) <= JUST_LOST_DELAY_SECONDS


def test_a_server_that_is_away_for_long_is_tried_once_a_minute() -> None:
    assert delay_seconds(50, 3600, 0.0) == LONGEST_DELAY_SECONDS


def test_a_server_that_is_down_stays_so_while_it_is_tried_again(health: Health, clock: Clock) -> None:
    health.lost("the daemon ended")
    clock.now = 1_030.0
    health.connecting()
    assert health.status[:3] == (ServerState.DOWN, "the daemon ended", 1_000.0)


def test_each_new_state_and_reason_is_told_once(clock: Clock) -> None:
    told: list[tuple[str, str]] = []
    session = Session(
        "host1",
        LocalProxy(),
        threads=1,
        ceiling=Ceiling(4),
        clock=clock,
        on_status=lambda status: told.append((status.state, status.reason)),
    )
    for _ in range(2):
        session.health.up()
        session.lost("the daemon ended")
        session.lost("the daemon ended")
    session.close()
    assert told == [("up", ""), ("down", "the daemon ended")] * 2


def test_a_server_that_is_down_is_not_called_suspect_for_its_late_calls(session: Session) -> None:
    gate = threading.Event()
    with pytest.raises(DeadlineExceeded):
        session.call(gate.wait, deadline_seconds=0.03)
    session.lost("keep-alive ended")
    assert session.status.state is ServerState.DOWN
    gate.set()


def test_a_beat_need_not_wait_for_workers_that_are_all_busy(session: Session) -> None:
    gate = threading.Event()
    busy = session.begin(gate.wait, deadline_seconds=5)
    assert session.begin_beat(lambda: "alive", deadline_seconds=5).result() == "alive"
    gate.set()
    busy.result()


def test_a_late_beat_makes_the_server_suspect(session: Session) -> None:
    gate = threading.Event()
    beat = session.begin_beat(gate.wait, deadline_seconds=0.03)
    with pytest.raises(DeadlineExceeded):
        beat.result()
    assert session.status[:2] == (ServerState.SUSPECT, "It does not answer.")
    gate.set()
