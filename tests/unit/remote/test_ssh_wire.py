"""Silence on a connection is noticed, whoever is busy with it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from convirt_core.remote.ssh.wire import PING_SECONDS, SILENT_SECONDS, Wire


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Our end, which waits as paramiko's does, and that of a server that does nothing."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0.01)
        yield ours, theirs


def fill(wire: Wire) -> None:
    with suppress(TimeoutError):
        while True:
            wire.send(bytes(1 << 16))


def test_who_sends_to_a_silent_server_learns_that_the_connection_is_broken(ends, clock):
    wire = Wire(ends[0], clock=clock)
    wire.watch(lambda: True)
    fill(wire)
    clock.now = SILENT_SECONDS + 1
    with pytest.raises(BrokenPipeError):
        wire.send(b"x")


def test_a_server_that_takes_what_is_sent_is_not_broken(ends, clock):
    wire = Wire(ends[0], clock=clock)
    wire.watch(lambda: True)
    clock.now = SILENT_SECONDS + 1
    assert wire.send(b"x") == 1


def test_a_question_that_could_not_be_sent_is_sent_at_the_next_look(ends, clock):
    answers, asked = [False, True], []
    wire = Wire(ends[0], clock=clock)
    wire.watch(lambda: asked.append(clock.now) or answers.pop(0))
    clock.now = PING_SECONDS
    for _ in range(3):
        with pytest.raises(TimeoutError):
            wire.recv(1)
    assert len(asked) == 2


def test_the_reader_asks_nothing_where_there_is_no_room_for_it(ends, clock):
    asked: list[float] = []
    wire = Wire(ends[0], clock=clock)
    wire.watch(lambda: bool(asked.append(clock.now)))
    fill(wire)
    clock.now = PING_SECONDS
    with pytest.raises(TimeoutError):
        wire.recv(1)
    assert asked == []
