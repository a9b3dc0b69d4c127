"""Asking a server what it is: one command, and what became of it."""

from typing import TYPE_CHECKING, Any

import pytest

from convirt_core.errors import NotFound, OperationFailed
from convirt_core.platforms import CommandResult
from convirt_core.remote import LocalProxy
from convirt_core.services.environment import read_environment

if TYPE_CHECKING:
    from collections.abc import Callable


class Telling:
    """A proxy of a server that says something, and counts how often it is asked."""

    def __init__(self, stdout: bytes, stderr: bytes = b"", exit_code: int = 0) -> None:
        self.result = CommandResult(("sh", "-s"), exit_code, stdout, stderr)
        self.asked = 0

    def run(self, argv: Any, **_: Any) -> CommandResult:
        self.asked += 1
        return self.result


def test_a_server_is_asked_once(sample: "Callable[[str], str]") -> None:
    server: Any = Telling(sample("debian-12").encode())
    assert read_environment(server).host_name == "host1"
    assert server.asked == 1


def test_a_server_whose_last_command_failed_has_said_the_rest(sample: "Callable[[str], str]") -> None:
    server: Any = Telling(sample("debian-12").encode(), exit_code=5)
    assert read_environment(server).memory.total_bytes


def test_a_login_that_runs_no_shell_is_told_in_its_own_words() -> None:
    server: Any = Telling(b"", b"This account is currently not available.\n", 1)
    with pytest.raises(OperationFailed, match="This account is currently not available"):
        read_environment(server)


def test_a_server_without_a_shell_is_a_failure_and_no_wrong_name() -> None:
    class Bare:
        def run(self, argv: Any, **_: Any) -> CommandResult:
            raise NotFound(f"There is no command {argv[0]}.")

    server: Any = Bare()
    with pytest.raises(OperationFailed, match="it has no shell"):
        read_environment(server)


def test_our_own_clock_is_not_ahead_of_itself() -> None:
    clock = read_environment(LocalProxy()).clock
    assert clock is not None
    assert abs(clock.skew_seconds) <= clock.uncertainty_seconds + 0.001
