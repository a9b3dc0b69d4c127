"""Watching servers: told of their states, following the inventory, with the extensions running."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from convirt_core.model import Event, EventKind, ServerState, VMState
from convirt_core.services.servers.pulse import Pulse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convirt_core.app import Application
    from convirt_core.model import ManagedNode


class Heard:
    """A listener."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def waits_for(self, wanted: Callable[[Event], bool], seconds: float = 5.0) -> bool:
        """Whether such an event comes in time."""
        with self._changed:
            return self._changed.wait_for(lambda: any(map(wanted, self.events)), seconds)

    def waits_for_state(self, server: ManagedNode, state: ServerState) -> bool:
        return self.waits_for(lambda event: (event.server, event.server_state) == (server.id, state))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def watch(app: Application, host1: ManagedNode, heard: Heard) -> Iterator[Any]:
    with app.watch(heard) as watch:
        assert heard.waits_for_state(host1, ServerState.UP)
        yield watch


def test_a_lost_server_is_connected_again_without_being_used(
    watch: Any, heard: Heard, toy: Any, host1: ManagedNode
) -> None:
    heard.events.clear()
    toy.sessions[-1].lost("the daemon ended")
    assert heard.waits_for_state(host1, ServerState.DOWN)
    assert heard.waits_for_state(host1, ServerState.UP)


def test_events_of_vms_are_told_over_a_reconnection(watch: Any, heard: Heard, toy: Any, host1: ManagedNode) -> None:
    heard.events.clear()
    toy.sessions[-1].lost("the daemon ended")
    toy.listeners.clear()
    assert heard.waits_for_state(host1, ServerState.UP)
    toy.tell(Event("", EventKind.STATE, "k", VMState.RUNNING))
    assert heard.waits_for(lambda event: event.key == "k")


def test_a_server_that_is_added_is_watched_from_the_next_refresh_on(watch: Any, app: Application, heard: Heard) -> None:
    host2 = app.grid.add_server("host2", platform="toy")
    assert watch.refresh()
    assert heard.waits_for_state(host2, ServerState.UP)
    assert not watch.refresh()


def test_a_server_that_another_process_edited_is_connected_anew(
    watch: Any, app: Application, another_app: Application, host1: ManagedNode
) -> None:
    another_app.grid.edit_server(host1, name="renamed")
    assert watch.refresh()
    assert [server.node.name for server in watch.servers] == ["renamed"]


def test_a_server_that_is_removed_is_watched_no_more(watch: Any, app: Application, host1: ManagedNode) -> None:
    app.grid.remove_server(host1)
    assert watch.refresh()
    assert watch.servers == []


def test_when_nobody_watches_any_more_no_thread_is_left(app: Application, host1: ManagedNode, heard: Heard) -> None:
    with app.watch(heard), app.watch(heard):
        assert heard.waits_for_state(host1, ServerState.UP)
        assert threads_named("convirt-heart") == 1
    deadline = time.monotonic() + 5
    while threads_named("convirt-heart"):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_server_that_nobody_watches_has_no_heartbeat(app: Application, host1: ManagedNode, toy: Any) -> None:
    app.servers.get(host1.id).look(lambda vnode: vnode.vms())
    assert threads_named("convirt-heart") == 0
    assert "ping" not in toy.asked


def threads_named(name: str) -> int:
    return sum(thread.name == name for thread in threading.enumerate())


def test_a_listener_that_breaks_costs_nobody_else_an_event(app: Application, host1: ManagedNode, heard: Heard) -> None:
    def broken(_: Event) -> None:
        raise RuntimeError("broken listener")

    with app.watch(broken), app.watch(heard):
        assert heard.waits_for_state(host1, ServerState.UP)


def test_who_stays_open_starts_the_extensions(
    app: Application, host1: ManagedNode, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = threading.Event()
    monkeypatch.setattr(app.plugins, "start_extensions", started.set)
    with app.watch(heard):
        assert started.wait(5)


def test_a_heartbeat_that_breaks_stops_no_other(
    app: Application, host1: ManagedNode, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    host2 = app.grid.add_server("host2", platform="toy")
    step = Pulse.step

    def break_for_host1(self: Pulse) -> None:
        if self._server.node == host1:
            raise RuntimeError("a mistake")
        step(self)

    monkeypatch.setattr(Pulse, "step", break_for_host1)
    with app.watch(heard):
        assert heard.waits_for_state(host2, ServerState.UP)
