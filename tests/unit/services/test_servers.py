"""Open servers: connecting when used, reconnecting, and standing up to what hangs and breaks."""

import threading
import time
from typing import Any

import pytest

from convirt_core.app import Application
from convirt_core.errors import DeadlineExceeded, LoginFailed, OperationFailed, PluginError, ServerUnavailable
from convirt_core.model import Event, EventKind, ManagedNode, ServerState, VMState
from convirt_core.services.servers import ask_all


@pytest.fixture
def server(app: Application, host1: ManagedNode) -> Any:
    return app.servers.get(host1.id)


def test_nothing_is_connected_before_it_is_used(server: Any, toy: Any) -> None:
    connections = toy.connections
    assert server.platform.display_name == "Toy"
    assert toy.connections == connections


def test_the_first_call_connects_and_the_second_does_not(server: Any, toy: Any) -> None:
    before = toy.connections
    for _ in range(2):
        server.look(lambda vnode: vnode.vms())
    assert toy.connections == before + 1
    assert server.status.state is ServerState.UP


def test_a_look_makes_no_vmm_and_changes_share_one(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    call = server._plugins.call

    def note(platform: str, hook: Any, **arguments: Any) -> Any:
        asked.append(hook.__name__)
        return call(platform, hook, **arguments)

    monkeypatch.setattr(server._plugins, "call", note)
    server.look(lambda vnode: vnode.vms())
    assert "convirt_create_vmm" not in asked
    for _ in range(2):
        server.call(lambda _, vmm: vmm)
    assert asked.count("convirt_create_vmm") == 1


def test_a_lost_connection_is_made_anew_at_the_next_call(server: Any, toy: Any) -> None:
    server.look(lambda vnode: vnode.vms())
    toy.sessions[-1].lost("the daemon ended")
    assert (server.status.state, server.status.reason) == (ServerState.DOWN, "the daemon ended")
    server.look(lambda vnode: vnode.vms())
    assert server.status.state is ServerState.UP
    assert toy.asked.count("connect") - toy.asked.count("close") == 1


def test_word_of_an_old_connection_does_not_end_the_new_one(server: Any, toy: Any) -> None:
    server.look(lambda vnode: vnode.vms())
    old = toy.sessions[-1]
    old.lost("the daemon ended")
    server.look(lambda vnode: vnode.vms())
    old.lost("again")
    assert server.status.state is ServerState.UP


def test_a_server_that_cannot_be_reached_is_not_tried_again_at_once(server: Any, toy: Any) -> None:
    toy.errors["connect"] = [ServerUnavailable("No route to host1.")]
    with pytest.raises(ServerUnavailable, match="No route"):
        server.look(lambda vnode: vnode.vms())
    asked = toy.asked.count("connect")
    with pytest.raises(ServerUnavailable, match=r"^No route to host1\.$"):
        server.look(lambda vnode: vnode.vms())
    assert toy.asked.count("connect") == asked


@pytest.mark.parametrize(
    ("error", "needs_person"),
    [(ServerUnavailable("Silence."), False), (LoginFailed("No key."), True), (OperationFailed("No disk."), True)],
)
def test_who_watches_is_told_whether_a_person_is_needed(
    server: Any, toy: Any, error: Exception, needs_person: bool
) -> None:
    told: list[Event] = []
    server.listen(told.append)
    toy.errors["connect"] = [error]
    with pytest.raises(type(error)):
        server.look(lambda vnode: vnode.vms())
    assert (told[-1].detail, told[-1].needs_person) == (str(error), needs_person)


def test_the_warnings_of_a_connection_that_ends_name_its_server(
    server: Any, toy: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server.look(lambda vnode: vnode.vms())
    toy.sessions[-1].lost("the daemon ended")
    server.look(lambda vnode: vnode.vms())
    server.give_up("it hangs")
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "the connection to host1 was lost: the daemon ended",
        "the connection to host1 was given up: it hangs",
    ]


def test_reconnect_tries_at_once(server: Any, toy: Any) -> None:
    toy.errors["connect"] = [ServerUnavailable("No route to host1.")]
    with pytest.raises(ServerUnavailable):
        server.look(lambda vnode: vnode.vms())
    server.reconnect()
    assert server.status.state is ServerState.UP


def test_a_failed_connection_gives_everything_back(server: Any, toy: Any) -> None:
    toy.asked.clear()
    toy.errors["connect"] = [ServerUnavailable("No route to host1.")]
    with pytest.raises(ServerUnavailable):
        server.look(lambda vnode: vnode.vms())
    assert toy.asked == ["connect", "close"]


def test_a_hung_call_ends_at_its_deadline_and_the_server_is_suspect(server: Any, toy: Any) -> None:
    toy.hang["vms"] = threading.Event()
    with pytest.raises(DeadlineExceeded, match=r"host1 did not answer within 0\.05 s"):
        server.look(lambda vnode: vnode.vms(), deadline_seconds=0.05)
    assert server.status.state is ServerState.SUSPECT
    toy.hang.pop("vms").set()


def test_at_most_as_many_threads_as_the_platform_allows_are_in_a_server(server: Any) -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def work(*_: object) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.01)
        with lock:
            inside -= 1

    for call in [server.begin_look(work) for _ in range(8)]:
        call.result()
    assert most == 2


@pytest.mark.parametrize("error", [KeyError("x"), SystemExit(3)])
def test_a_platform_that_breaks_is_an_error_that_names_it(server: Any, error: BaseException) -> None:
    def work(*_: object) -> None:
        raise error

    with pytest.raises(PluginError, match="platforms:toy failed on host1") as caught:
        server.call(work)
    assert caught.value.plugin == "platforms:toy"


def test_an_error_of_ours_passes_as_it_is(server: Any) -> None:
    def work(*_: object) -> None:
        raise OperationFailed("no")

    with pytest.raises(OperationFailed, match="no"):
        server.call(work)


def test_events_reach_a_subscriber_over_a_reconnection(server: Any, toy: Any) -> None:
    seen: list[VMState] = []
    end = server.subscribe(lambda event: seen.append(event.state) if event.key else None)
    toy.tell(Event("", EventKind.STATE, "k", VMState.RUNNING))
    toy.sessions[-1].lost("gone")
    toy.listeners.clear()
    server.look(lambda vnode: vnode.vms())
    toy.tell(Event("", EventKind.STATE, "k", VMState.PAUSED))
    end()
    toy.tell(Event("", EventKind.STATE, "k", VMState.STOPPED))
    assert seen == [VMState.RUNNING, VMState.PAUSED]


def test_closing_twice_is_no_error(app: Application, server: Any) -> None:
    server.look(lambda vnode: vnode.vms())
    app.servers.close()
    app.servers.close()


def test_a_hung_server_does_not_hold_the_closing_long(app: Application, server: Any, toy: Any) -> None:
    server.look(lambda vnode: vnode.vms())
    toy.hang["vms"] = threading.Event()
    for _ in range(2):
        with pytest.raises(DeadlineExceeded):
            server.look(lambda vnode: vnode.vms(), deadline_seconds=0.02)
    begun = time.monotonic()
    app.servers.close()
    assert time.monotonic() - begun < 1


def test_a_listener_whose_subscription_failed_hears_nothing_later(server: Any, toy: Any) -> None:
    heard: list[Event] = []
    toy.sessions[-1].lost("the daemon ended")
    toy.errors["connect"] = [ServerUnavailable("No route to host1.")]
    with pytest.raises(ServerUnavailable, match="No route"):
        server.subscribe(heard.append)
    heard.clear()
    server.reconnect()
    unsubscribe = server.subscribe(lambda _: None)
    toy.tell(Event("", EventKind.STATE, "k1", VMState.RUNNING))
    unsubscribe()
    assert heard == []


def test_a_call_that_was_given_up_while_it_connected_is_not_made(server: Any, toy: Any) -> None:
    toy.hang["connect"] = threading.Event()
    made: list[str] = []
    with pytest.raises(DeadlineExceeded):
        server.call(lambda *_: made.append("change"), deadline_seconds=0.05)
    toy.hang.pop("connect").set()
    assert server.session.settle(5)
    assert server.status.state is ServerState.UP
    assert made == []


def test_a_connection_that_is_made_after_the_closing_is_given_back(server: Any, toy: Any) -> None:
    toy.hang["connect"] = threading.Event()
    toy.asked.clear()
    with pytest.raises(DeadlineExceeded):
        server.look(lambda vnode: vnode.vms(), deadline_seconds=0.05)
    server.close(deadline_seconds=0.1)
    toy.hang.pop("connect").set()
    assert server.session.settle(5)
    assert toy.asked[0] == "connect"
    assert set(toy.asked[1:]) == {"close"}


def test_all_servers_are_asked_before_the_first_answer_is_taken(app: Application, world: Any) -> None:
    """Who takes the answers may be slow."""
    for name in ("host1", "host2"):
        app.grid.add_server(name, platform="toy")
    world["host1"].errors["connect"] = [ServerUnavailable("No route to host1.")]
    with pytest.raises(ServerUnavailable):
        app.servers.of(app.grid.find_server("host1")).look(lambda vnode: vnode.vms())
    asked = threading.Event()

    def look(vnode: Any) -> None:
        asked.set()

    answers = ask_all([app.servers.of(node) for node in app.servers.all()], look)
    assert next(answers)[0].node.name == "host1"
    assert asked.wait(2)
    list(answers)


def test_servers_whose_answers_are_not_waited_for_are_as_well_as_before(app: Application, world: Any) -> None:
    """Who found what they looked for takes no further answer."""
    begun, done = threading.Event(), threading.Event()
    for name in ("host1", "host2"):
        app.grid.add_server(name, platform="toy")

    def look(vnode: Any) -> None:
        if vnode.node.name == "host2":
            begun.set()
            done.wait(5)
        else:
            begun.wait(5)

    servers = [app.servers.of(node) for node in app.servers.all()]
    answers = ask_all(servers, look)
    assert next(answers)[0].node.name == "host1"
    answers.close()
    assert servers[1].status.state is ServerState.UP
    done.set()
