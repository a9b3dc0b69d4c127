"""The heartbeat of a watched server, by a clock that a test sets."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from convirt_core.errors import ServerUnavailable
from convirt_core.model import Event, EventKind, ServerState, VMState
from convirt_core.services.servers.pulse import ATTEMPT_SECONDS, EVERY_SECONDS, HUNG_SECONDS, LATE_SECONDS, Pulse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from labs.clocks import Clock

    from convirt_core.app import Application
    from convirt_core.model import ManagedNode


@pytest.fixture
def server(app: Application, host1: ManagedNode, clock: Clock) -> Iterator[Any]:
    """A server by that clock."""
    app.servers._clock = clock
    app.servers.forget(host1.id)
    return app.servers.get(host1.id)


class Heartbeat:
    """A pulse that is stepped until what it began has ended, or hangs."""

    def __init__(self, server: Any, clock: Clock) -> None:
        self.server = server
        self.clock = clock
        self.pulse = Pulse(server, clock=clock)

    def after(self, seconds: float) -> ServerState:
        """Let so much time pass; return the state then."""
        self.clock.now += seconds
        for _ in range(3):  # see how the last beat ended, begin one, see that it has begun
            self.pulse.step()
            self._settle()
        state: ServerState = self.server.status.state
        return state

    def _settle(self) -> None:
        """Let the thread of the beat come to its end, or to where it hangs."""
        deadline = time.monotonic() + 0.05
        while (beat := self.pulse._beat) and not beat.is_over and time.monotonic() < deadline:
            time.sleep(0.002)


@pytest.fixture
def heart(server: Any, clock: Clock) -> Heartbeat:
    return Heartbeat(server, clock)


@pytest.fixture
def hang(toy: Any) -> Callable[[str], threading.Event]:
    """Let a call hang until the event that is returned is set."""

    def hang(name: str) -> threading.Event:
        toy.hang[name] = threading.Event()
        gate: threading.Event = toy.hang[name]
        return gate

    return hang


def let_go(toy: Any, name: str) -> None:
    toy.hang.pop(name).set()


@pytest.fixture
def hung(heart: Heartbeat, hang: Any) -> Heartbeat:
    """The same; the server was up, and has just been asked for a sign of life that it does not give."""
    heart.after(0)
    hang("ping")
    heart.after(EVERY_SECONDS)
    return heart


def test_a_watched_server_is_connected_without_being_used(heart: Heartbeat, server: Any) -> None:
    assert server.status.state is ServerState.UNKNOWN
    assert heart.after(0) is ServerState.UP


def test_it_is_asked_again_and_again(heart: Heartbeat, toy: Any) -> None:
    for _ in range(3):
        heart.after(EVERY_SECONDS)
    assert toy.asked.count("ping") == 3


def test_it_is_not_asked_before_it_is_time(heart: Heartbeat, toy: Any) -> None:
    heart.after(0)
    heart.after(EVERY_SECONDS / 2)
    assert toy.asked.count("ping") == 1


def test_without_an_answer_it_is_suspect(hung: Heartbeat) -> None:
    assert hung.after(LATE_SECONDS) is ServerState.SUSPECT


def test_a_suspect_server_that_answers_after_all_is_up_over_the_same_connection(hung: Heartbeat, toy: Any) -> None:
    hung.after(LATE_SECONDS)
    connections = toy.connections
    let_go(toy, "ping")
    assert hung.after(0) is ServerState.UP
    assert toy.connections == connections


def test_without_an_answer_for_longer_its_connection_is_given_up(hung: Heartbeat, toy: Any) -> None:
    assert hung.after(HUNG_SECONDS) is ServerState.DOWN
    assert hung.server.status.reason == "It has not answered for 9 s."
    assert toy.asked[-1] == "close"


def test_once_it_is_back_it_is_connected_anew(hung: Heartbeat, toy: Any) -> None:
    hung.after(HUNG_SECONDS)
    connections = toy.connections
    let_go(toy, "ping")
    assert hung.after(1) is ServerState.UP
    assert toy.connections == connections + 1


def test_a_server_that_hangs_before_the_first_connection_is_down_too(heart: Heartbeat, hang: Any) -> None:
    hang("connect")
    assert heart.after(0) is ServerState.CONNECTING
    assert heart.after(LATE_SECONDS) is ServerState.SUSPECT
    assert heart.after(HUNG_SECONDS) is ServerState.DOWN
    assert heart.server.status.reason == "It has not answered for 9 s."


@pytest.fixture
def trying(heart: Heartbeat, hang: Any, toy: Any) -> Heartbeat:
    """The same; the server is down, and the attempt to reach it hangs."""
    toy.errors["connect"] = [ServerUnavailable("No route to host1.")]
    heart.after(0)
    hang("connect")
    heart.after(1)
    return heart


def test_an_attempt_that_hangs_is_given_up_and_keeps_the_reason(trying: Heartbeat, toy: Any) -> None:
    trying.after(ATTEMPT_SECONDS)
    let_go(toy, "connect")
    assert trying.after(0) is ServerState.DOWN
    assert trying.server.status.reason == "It has not answered for 8 s."


def test_a_person_who_types_a_password_is_given_the_time(
    heart: Heartbeat, hang: Any, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang("connect")
    monkeypatch.setattr(server.session, "_deadline_clock", lambda: 100.0)  # it stands still while somebody is asked
    heart.after(0)
    assert heart.after(60) is ServerState.CONNECTING


def test_who_asks_while_an_attempt_hangs_is_refused_at_once(trying: Heartbeat) -> None:
    trying.after(5)
    begun = time.monotonic()
    with pytest.raises(ServerUnavailable, match=r"^No route to host1\. It is being tried again"):
        trying.server.look(lambda vnode: vnode.vms())
    assert time.monotonic() - begun < 1


def test_attempts_wait_for_the_back_off(heart: Heartbeat, toy: Any) -> None:
    toy.errors["connect"] = [ServerUnavailable("No route to host1.")] * 3
    toy.asked.clear()
    for _ in range(5):
        heart.after(0)
    assert toy.asked.count("connect") == 1
    heart.after(1.0)
    assert toy.asked.count("connect") == 2


def test_a_platform_that_only_says_unavailable_is_connected_anew(heart: Heartbeat, toy: Any) -> None:
    heart.after(0)
    toy.errors["ping"] = [ServerUnavailable("host1 is on fire.")]
    connections = toy.connections
    heart.after(EVERY_SECONDS)
    assert heart.after(0) is ServerState.UP
    assert toy.connections == connections + 1


def test_listeners_hear_every_state_with_its_reason(heart: Heartbeat, hang: Any, toy: Any) -> None:
    heard: list[tuple[str, str]] = []
    heart.server.listen(lambda event: heard.append((event.server_state, event.detail)))
    heart.after(0)
    hang("ping")
    heart.after(EVERY_SECONDS)
    heart.after(LATE_SECONDS)
    heart.after(HUNG_SECONDS)
    let_go(toy, "ping")
    heart.after(1)
    assert heard == [
        ("connecting", ""),
        ("up", ""),
        ("suspect", "It does not answer."),
        ("down", "It has not answered for 9 s."),
        ("up", ""),
    ]


def test_events_of_vms_are_heard_once_up_is_said(heart: Heartbeat, toy: Any) -> None:
    heard: list[Event] = []

    def listen(event: Event) -> None:
        heard.append(event)
        if event.server_state is ServerState.UP:
            toy.tell(Event("", EventKind.STATE, "k", VMState.RUNNING))

    heart.server.listen(listen)
    heart.after(0)
    assert [event.kind for event in heard] == [EventKind.SERVER, EventKind.SERVER, EventKind.STATE]
