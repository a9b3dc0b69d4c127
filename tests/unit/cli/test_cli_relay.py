"""Bytes to and fro between a terminal and a console, with a console made of a socket."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from convirt_cli.relay import Ended, Relay
from convirt_core.errors import ServerUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


class SocketConsole:
    """One end of a socket pair as a console; the other is the guest."""

    def __init__(self) -> None:
        self._ours, self.guest = socket.socketpair()
        self.breaks = False

    def read(self, *, timeout_seconds: float) -> bytes | None:
        if self.breaks:
            raise ServerUnavailable("The connection was lost.")
        try:
            self._ours.settimeout(timeout_seconds)
            return self._ours.recv(4096) or None
        except TimeoutError:
            return b""
        except OSError:
            return None

    def write(self, data: bytes) -> None:
        self._ours.sendall(data)

    def close(self) -> None:
        try:
            self._ours.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
        self._ours.close()


@pytest.fixture
def console() -> Iterator[SocketConsole]:
    made = SocketConsole()
    yield made
    made.guest.close()
    made.close()


@pytest.fixture
def keys() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for end in (read, write):
        try:
            os.close(end)
        except OSError:
            continue


def test_what_is_typed_reaches_the_guest_and_what_it_says_comes_back(
    console: SocketConsole, keys: tuple[int, int]
) -> None:
    said = bytearray()
    console.guest.sendall(b"login: ")
    os.write(keys[1], b"root\n")
    relay = Relay(console, said.extend, source=keys[0], escape=True)
    assert relay.run(timeout_seconds=0.3) is Ended.TIMEOUT
    assert bytes(said) == b"login: "
    assert console.guest.recv(100) == b"root\n"


def test_the_escape_key_leaves_and_what_stood_before_it_is_sent(console: SocketConsole, keys: tuple[int, int]) -> None:
    os.write(keys[1], b"ls\n\x1dnot sent")
    assert Relay(console, bytearray().extend, source=keys[0], escape=True).run() is Ended.LEFT
    assert console.guest.recv(100) == b"ls\n"


def test_without_a_terminal_the_escape_key_is_a_byte_like_any_other(
    console: SocketConsole, keys: tuple[int, int]
) -> None:
    os.write(keys[1], b"a\x1db")
    os.close(keys[1])
    assert Relay(console, bytearray().extend, source=keys[0]).run() is Ended.INPUT
    assert console.guest.recv(100) == b"a\x1db"


def test_it_ends_when_the_vm_ends(console: SocketConsole, keys: tuple[int, int]) -> None:
    said = bytearray()
    console.guest.sendall(b"bye")
    console.guest.close()
    assert Relay(console, said.extend, source=keys[0]).run(timeout_seconds=5) is Ended.CONSOLE
    assert bytes(said) == b"bye"


def test_the_end_of_the_input_does_not_end_a_wait_for_output(console: SocketConsole, keys: tuple[int, int]) -> None:
    os.close(keys[1])
    relay = Relay(console, bytearray().extend, source=keys[0], until_input_ends=False)
    began = time.monotonic()
    assert relay.run(timeout_seconds=0.3) is Ended.TIMEOUT
    assert time.monotonic() - began >= 0.3


def test_a_lost_connection_is_an_error(console: SocketConsole, keys: tuple[int, int]) -> None:
    console.breaks = True
    with pytest.raises(ServerUnavailable):
        Relay(console, bytearray().extend, source=keys[0]).run(timeout_seconds=5)


def test_a_reader_that_has_gone_ends_it(console: SocketConsole, keys: tuple[int, int]) -> None:
    def sink(data: bytes) -> None:
        raise BrokenPipeError

    console.guest.sendall(b"more")
    with pytest.raises(BrokenPipeError):
        Relay(console, sink, source=keys[0]).run(timeout_seconds=5)


def test_no_descriptor_is_left_open(console: SocketConsole, keys: tuple[int, int]) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    Relay(console, bytearray().extend, source=keys[0]).run(timeout_seconds=0.01)
    assert len(list(Path("/proc/self/fd").iterdir())) == before - 1  # the console's own
