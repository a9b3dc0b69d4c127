"""One connection for all who use a server."""

from __future__ import annotations

from typing import Any

import pytest

from convirt_core.errors import Refused, ServerUnavailable
from convirt_core.remote import HostKey, NobodyToAsk
from convirt_core.remote.ssh.dialing import Dialer
from convirt_core.remote.ssh.host_keys import check_expected
from convirt_core.remote.ssh.listener import Listener
from convirt_core.remote.ssh.route import Route
from convirt_core.remote.ssh.transports import Transports

ROUTE = Route("host1", "root")
SHOWN, OTHER = "SHA256:shown", "SHA256:other"


class Link:
    """A connection that only counts."""

    def __init__(self, ended: Any, expected_key: str) -> None:
        self.expected_key = expected_key
        self.transport = self
        self.ended = ended
        self.is_alive = True
        self.reason = "It broke."
        self.host_key = HostKey("host1", "ssh-ed25519", SHOWN)

    def close(self) -> None:
        self.is_alive = False
        self.ended(self)

    def breaks(self) -> None:
        self.is_alive = False
        self.ended(self)


@pytest.fixture
def made(monkeypatch) -> list[Link]:
    """The connections that were made."""
    made: list[Link] = []

    def dial(_self: Dialer, _route: Route, _jump: Link | None, ended: Any, expected_key: str) -> Link:
        if expected_key:
            check_expected(HostKey("host1", "ssh-ed25519", SHOWN), expected_key)
        made.append(Link(ended, expected_key))
        return made[-1]

    monkeypatch.setattr(Dialer, "dial", dial)
    return made


@pytest.fixture
def transports() -> Transports:
    return Transports(NobodyToAsk())


def test_all_who_use_a_server_share_a_connection_until_the_last_has_gone(made, transports):
    one, other = transports.lease(ROUTE), transports.lease(ROUTE)
    assert one.link(one.deadline(1)) is other.link(other.deadline(1))
    one.close()
    assert made[0].is_alive
    other.close()
    assert not made[0].is_alive
    with pytest.raises(ServerUnavailable, match="was closed"):
        other.link(other.deadline(1))


def test_another_user_has_another_connection(made, transports):
    for route in (ROUTE, Route("host1", "admin"), Route("host1", "root", 2222)):
        lease = transports.lease(route)
        lease.link(lease.deadline(1))
    assert len(made) == 3


def test_a_connection_that_broke_is_told_to_each_user_once_and_made_anew(made, transports):
    told: list[str] = []

    def fails(_reason: str) -> None:
        raise ValueError

    first = transports.lease(ROUTE, Listener(fails))
    second = transports.lease(ROUTE, Listener(told.append))
    first.link(first.deadline(1))
    made[0].breaks()
    assert told == ["It broke."]
    assert second.link(second.deadline(1)) is made[1]
    made[0].ended(made[0])
    assert told == ["It broke."]


def test_a_server_behind_another_holds_the_connection_with_that(made, transports):
    lease = transports.lease(Route("far", "root", jump=ROUTE))
    lease.link(lease.deadline(1))
    assert len(made) == 2
    lease.close()
    assert not any(link.is_alive for link in made)


def test_a_server_is_connected_with_the_expected_key_only(made, transports):
    lease = transports.lease(ROUTE)
    with transports.expecting_host_key(ROUTE, OTHER), pytest.raises(Refused, match="shows another key"):
        lease.link(lease.deadline(1))
    with transports.expecting_host_key(ROUTE, SHOWN):
        assert lease.link(lease.deadline(1)) is made[0]


def test_a_server_that_is_connected_already_is_held_to_the_expected_key_too(made, transports):
    lease = transports.lease(ROUTE)
    lease.link(lease.deadline(1))
    with transports.expecting_host_key(ROUTE, SHOWN):
        pass
    with pytest.raises(Refused, match="shows another key"), transports.expecting_host_key(ROUTE, OTHER):
        pytest.fail("It was let pass.")


@pytest.mark.parametrize("is_connected", [False, True])
def test_a_wrong_key_that_was_said_does_not_bar_the_way_afterwards(made, transports, is_connected: bool):
    lease = transports.lease(ROUTE)
    if is_connected:
        lease.link(lease.deadline(1))
    with pytest.raises(Refused), transports.expecting_host_key(ROUTE, OTHER):
        lease.link(lease.deadline(1))
    lease.close()
    again = transports.lease(ROUTE)
    again.link(again.deadline(1))
    assert made[-1].expected_key == ""


def test_of_two_who_expect_a_key_at_once_the_one_that_ends_leaves_the_others(made, transports):
    first, second = transports.expecting_host_key(ROUTE, SHOWN), transports.expecting_host_key(ROUTE, OTHER)
    lease = transports.lease(ROUTE)
    with first:
        second.__enter__()
    with pytest.raises(Refused, match="shows another key"):
        lease.link(lease.deadline(1))
    second.__exit__(None, None, None)
    assert lease.link(lease.deadline(1)).expected_key == ""


def test_of_the_server_before_another_no_key_is_expected(made, transports):
    far = Route("far", "root", jump=ROUTE)
    lease = transports.lease(far)
    with transports.expecting_host_key(far, SHOWN):
        lease.link(lease.deadline(1))
    assert [link.expected_key for link in made] == ["", SHOWN]


def test_closing_tells_nobody_of_a_loss_and_nothing_is_opened_any_more(made, transports):
    told: list[str] = []
    lease = transports.lease(ROUTE, Listener(told.append))
    lease.link(lease.deadline(1))
    transports.close()
    assert told == []
    assert not made[0].is_alive
    with pytest.raises(Refused, match="was closed"):
        transports.lease(ROUTE)
