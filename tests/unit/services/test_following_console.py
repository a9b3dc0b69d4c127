"""A console that follows its VM: lines made of lists, and a VM that is found where the test says."""

from __future__ import annotations

import threading

import pytest

from convirt_core.errors import ServerUnavailable
from convirt_core.services.lifecycle.following import FollowingConsole, OnItsWay


class Line:
    """A line that says what it is given, then ends; or breaks, for an exception."""

    def __init__(self, *says: bytes | Exception | None) -> None:
        self._says = list(says)
        self.heard = b""
        self.is_open = True

    def read(self, *, timeout_seconds: float) -> bytes | None:
        said = self._says.pop(0) if self._says else None
        if isinstance(said, Exception):
            raise said
        return said

    def write(self, data: bytes) -> None:
        if not self.is_open:
            raise ServerUnavailable("The line has ended.")
        self.heard += data

    def close(self) -> None:
        self.is_open = False


def read_all(console: FollowingConsole) -> bytes:
    said = b""
    while (data := console.read(timeout_seconds=1)) is not None:
        said += data
    return said


def test_it_goes_on_at_the_server_that_the_vm_has_gone_to() -> None:
    found = [("host2", Line(b" two")), None]
    console = FollowingConsole(Line(b"one"), "host1", lambda _: found.pop(0))
    assert read_all(console) == b"one two"


def test_it_asks_for_the_server_after_the_last_one() -> None:
    left: list[str] = []
    found = [("host2", Line()), ("host3", Line()), None]

    def find(server: str) -> tuple[str, Line] | None:
        left.append(server)
        return found.pop(0)

    read_all(FollowingConsole(Line(), "host1", find))
    assert left == ["host1", "host2", "host3"]


def test_it_waits_for_a_vm_on_its_way() -> None:
    answers: list[object] = [OnItsWay("soon"), OnItsWay("soon"), ("host2", Line(b"there")), None]

    def find(_: str) -> tuple[str, Line] | None:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]

    assert read_all(FollowingConsole(Line(), "host1", find)) == b"there"


def test_it_gives_a_vm_up_that_does_not_arrive() -> None:
    moments = iter(range(0, 1000, 10))

    def find(_: str) -> None:
        raise OnItsWay("soon")

    console = FollowingConsole(Line(), "host1", find, monotonic=lambda: float(next(moments)))
    assert console.read(timeout_seconds=1) is None


def test_a_line_that_broke_while_the_vm_stayed_is_an_error() -> None:
    console = FollowingConsole(Line(ServerUnavailable("It broke.")), "host1", lambda _: None)
    with pytest.raises(ServerUnavailable, match="It broke"):
        console.read(timeout_seconds=1)


def test_a_line_that_broke_because_the_vm_moved_is_none() -> None:
    found = [("host2", Line(b"on")), None]
    console = FollowingConsole(Line(ServerUnavailable("It broke.")), "host1", lambda _: found.pop(0))
    assert read_all(console) == b"on"


def test_what_is_typed_meanwhile_is_sent_to_the_next_line() -> None:
    first, second = Line(), Line(b"x")
    first.close()
    found = [("host2", second), None]
    console = FollowingConsole(first, "host1", lambda _: found.pop(0))
    console.write(b"ls")
    console.write(b"\n")
    console.read(timeout_seconds=1)
    assert second.heard == b"ls\n"


def test_leaving_while_the_vm_is_on_its_way_ends_at_once() -> None:
    looking = threading.Event()

    def find(_: str) -> None:
        looking.set()
        raise OnItsWay("soon")

    console = FollowingConsole(Line(), "host1", find)
    reader = threading.Thread(target=console.read, kwargs={"timeout_seconds": 1})
    reader.start()
    looking.wait(5)
    console.close()
    reader.join(2)
    assert not reader.is_alive()


def test_a_line_that_is_found_after_leaving_is_closed() -> None:
    late = Line()
    console: FollowingConsole

    def find(_: str) -> tuple[str, Line]:
        console.close()
        return "host2", late

    console = FollowingConsole(Line(), "host1", find)
    assert (console.read(timeout_seconds=1), late.is_open) == (None, False)


def test_a_line_that_has_ended_rests_before_it_is_closed() -> None:
    first, second, now = Line(), Line(b"a", b"b", b"c"), [0.0]
    found = [("host2", second), None]
    console = FollowingConsole(first, "host1", lambda _: found.pop(0), monotonic=lambda: now[0])
    console.read(timeout_seconds=1)
    console.read(timeout_seconds=1)
    assert first.is_open
    now[0] = 5.0
    console.read(timeout_seconds=1)
    assert not first.is_open


def test_leaving_closes_lines_that_rest_too() -> None:
    first = Line()
    found = [("host2", Line(b"a")), None]
    console = FollowingConsole(first, "host1", lambda _: found.pop(0))
    console.read(timeout_seconds=1)
    console.close()
    assert not first.is_open
