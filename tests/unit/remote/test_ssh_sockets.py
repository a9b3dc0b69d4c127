"""A server is reached at whichever of its addresses answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from convirt_core.errors import DeadlineExceeded
from convirt_core.remote.ssh.deadline import Deadline
from convirt_core.remote.ssh.route import Route
from convirt_core.remote.ssh.sockets import connect_tcp

HERE = "127.0.0.1"


@pytest.fixture
def listening() -> Iterator[tuple[str, int]]:
    """An address that answers."""
    with socket.create_server((HERE, 0)) as listener:
        yield listener.getsockname()


@pytest.fixture
def dead() -> Iterator[tuple[str, int]]:
    """An address that drops packets: a listener that takes nobody any more."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server((HERE, 0), backlog=0))
        for _ in range(3):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()


@pytest.fixture
def found(monkeypatch) -> list[tuple[str, int]]:
    """What the resolver finds for any name."""
    found: list[tuple[str, int]] = []

    def answer(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return found


def test_a_dead_address_leaves_time_for_the_next(found, dead, listening):
    found.extend([dead, dead, listening])
    deadline = Deadline(1.5)
    with connect_tcp(Route("web", "root"), deadline) as connected:
        assert connected.getpeername() == listening
    assert not deadline.has_passed


def test_with_all_addresses_dead_the_time_is_over_for_all_together(found, dead):
    found.extend([dead] * 3)
    deadline = Deadline(0.9)
    with pytest.raises(DeadlineExceeded, match="did not answer within"):
        connect_tcp(Route("web", "root"), deadline)
    assert deadline.has_passed
