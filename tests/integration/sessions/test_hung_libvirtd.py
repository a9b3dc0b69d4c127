"""A libvirtd that hangs, in one long-lived application: how soon that is known, and how soon it is over."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from labs.answers import median_answer
from labs.private_libvirt import PrivateLibvirt, private_libvirt
from labs.states import States

from convirt_core.app import Application
from convirt_core.errors import ServerUnavailable
from convirt_core.model import ServerState
from convirt_core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from convirt_core.services.servers import Server

pytestmark = [pytest.mark.root]

SUSPECT_SECONDS, DOWN_SECONDS, UP_SECONDS = 6.0, 15.0, 10.0


@pytest.fixture(scope="module")
def libvirt(mounts: None) -> Iterator[PrivateLibvirt]:
    """A libvirtd that may be stopped."""
    with private_libvirt() as libvirt:
        yield libvirt


@pytest.fixture
def running(libvirt: PrivateLibvirt) -> Iterator[PrivateLibvirt]:
    """The same; it goes on after the test."""
    yield libvirt
    libvirt.go_on()


@pytest.fixture
def app(tmp_path: Path, running: PrivateLibvirt) -> Iterator[Application]:
    """An application with that server, `hung`, and one that is always well, `well`."""
    settings = Settings.load({"CONVIRT_CONFIG": str(tmp_path / "config.toml"), "CONVIRT_DATA": str(tmp_path / "data")})
    with Application.open(settings) as app:
        app.grid.add_server("hung", platform="kvm", options={"uri": running.uri})
        app.grid.add_server("well", platform="test")
        yield app


@pytest.fixture
def server(app: Application) -> Server:
    """The server that will hang."""
    return app.servers.of(app.grid.find_server("hung"))


@pytest.fixture
def states(app: Application, server: Server) -> Iterator[States]:
    """What is told while all servers are watched and up."""
    states = States()
    begun = time.monotonic()
    with app.servers.watch(states):
        states.seconds_until(ServerState.UP, within=10, since=begun, server=server.node.id)
        yield states


def test_a_libvirtd_that_hangs_is_suspect_then_down_and_up_again_when_it_is_back(
    running: PrivateLibvirt, states: States, server: Server, record_property: Callable[[str, object], None]
) -> None:
    running.stop()
    stopped = time.monotonic()
    suspect = states.seconds_until(ServerState.SUSPECT, within=SUSPECT_SECONDS, since=stopped)
    down = states.seconds_until(ServerState.DOWN, within=DOWN_SECONDS, since=stopped)
    assert "not" in server.status.reason
    time.sleep(8)  # attempts to reach it hang meanwhile
    back = time.monotonic()
    running.go_on()
    up = states.seconds_until(ServerState.UP, within=UP_SECONDS, since=back)
    server.look(lambda vnode: vnode.vms())
    record_property("seconds until suspect, down, up", (suspect, down, up))


def test_a_libvirtd_that_hangs_before_the_first_connection_is_told_likewise(
    running: PrivateLibvirt, app: Application, server: Server
) -> None:
    running.stop()
    begun, states = time.monotonic(), States()
    with app.servers.watch(states):
        states.seconds_until(ServerState.SUSPECT, within=SUSPECT_SECONDS, since=begun)
        states.seconds_until(ServerState.DOWN, within=DOWN_SECONDS, since=begun)
        back = time.monotonic()
        running.go_on()
        states.seconds_until(ServerState.UP, within=UP_SECONDS, since=back, server=server.node.id)


def test_who_asks_a_server_that_is_down_is_answered_soon(
    running: PrivateLibvirt, states: States, server: Server
) -> None:
    running.stop()
    states.seconds_until(ServerState.DOWN, within=DOWN_SECONDS, since=time.monotonic())
    time.sleep(3)
    begun = time.monotonic()
    with pytest.raises(ServerUnavailable, match="hung cannot be reached"):
        server.look(lambda vnode: vnode.vms())
    assert time.monotonic() - begun < 3


def test_a_healthy_server_answers_as_quickly_beside_a_hung_one(
    running: PrivateLibvirt, app: Application, states: States
) -> None:
    well = app.servers.of(app.grid.find_server("well"))
    before = median_answer(well)
    running.stop()
    for state in (ServerState.SUSPECT, ServerState.DOWN):
        states.seconds_until(state, within=DOWN_SECONDS, since=time.monotonic())
        now = median_answer(well)
        assert now <= max(1.1 * before, before + 0.005)


def test_no_thread_stays_behind_when_a_hung_server_is_back(
    running: PrivateLibvirt, states: States, server: Server
) -> None:
    before = threading.active_count()
    running.stop()
    states.seconds_until(ServerState.DOWN, within=DOWN_SECONDS, since=time.monotonic())
    time.sleep(5)
    back = time.monotonic()
    running.go_on()
    states.seconds_until(ServerState.UP, within=UP_SECONDS, since=back)
    deadline = time.monotonic() + 20
    while threading.active_count() > before:
        assert time.monotonic() < deadline, [thread.name for thread in threading.enumerate()]
        time.sleep(0.1)


def test_calls_that_hung_together_are_freed_and_leave_the_process_alive(
    running: PrivateLibvirt, app: Application, server: Server
) -> None:
    """libvirt 9.0 ends the process when two calls hung on one connection that its keep-alive gave up."""
    server.look(lambda vnode: vnode.vms())
    running.stop()
    calls = [server.begin_look(lambda vnode: vnode.vms(), deadline_seconds=1) for _ in range(3)]
    for call in calls:
        with pytest.raises(ServerUnavailable):
            call.result()
    assert server.session.settle(15)
    running.go_on()
    time.sleep(1)
    server.look(lambda vnode: vnode.vms())
