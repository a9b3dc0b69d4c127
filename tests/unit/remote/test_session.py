"""The state of the way to a server."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convirt_core.errors import DeadlineExceeded, NotSupported, ServerUnavailable
from convirt_core.model import ManagedNode, ServerState
from convirt_core.remote import Ceiling, LocalProxy, Session, open_proxy
from convirt_core.remote.health import LONGEST_DELAY_SECONDS, Health, delay_seconds


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


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
    clock.now = 150.0
    health.up()
    assert health.status.since == 100.0


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
    with pytest.raises(ServerUnavailable, match=r"host1 cannot be reached: connection refused\. .* in 1 s"):
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


@given(st.integers(1, 200), st.floats(0, 1))
def test_the_delay_grows_to_a_minute_and_jitter_takes_at_most_half(failures: int, chance: float) -> None:
    whole = delay_seconds(failures, 0.0)
    assert whole == min(LONGEST_DELAY_SECONDS, 2.0 ** (failures - 1))
    assert whole / 2 <= delay_seconds(failures, chance) <= whole


def test_a_server_elsewhere_is_refused_with_a_clear_sentence() -> None:
    with pytest.raises(NotSupported, match="servers other than this machine are not supported yet"):
        open_proxy(ManagedNode("1", "host2", "kvm", address="192.0.2.1"))
