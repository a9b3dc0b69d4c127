"""Commands on this machine."""

import os
import time
from pathlib import Path

import pytest
from labs.processes import wait_until_gone

from convirt_core.errors import Cancelled, DeadlineExceeded, InvalidInput, NotFound, OperationFailed
from convirt_core.remote import LocalProxy

proxy = LocalProxy()


def test_output_and_exit_code_are_the_result() -> None:
    result = proxy.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (result.text, result.error_text, result.exit_code) == ("out", "err", 3)


def test_words_reach_the_command_as_they_are() -> None:
    assert proxy.run(["printf", "%s", "$HOME; *"]).text == "$HOME; *"


def test_stdin_is_given_whole() -> None:
    content = os.urandom(300_000)
    assert proxy.run(["cat"], stdin=content).stdout == content


def test_a_command_that_does_not_read_its_stdin_is_no_error() -> None:
    assert proxy.run(["true"], stdin=b"x" * 300_000).exit_code == 0


def test_the_environment_is_added_to_ours() -> None:
    result = proxy.run(["sh", "-c", 'echo "$TOY $PATH"'], environment={"TOY": "blue"})
    assert result.text == f"blue {os.environ['PATH']}"


def test_a_command_runs_in_the_folder(tmp_path: Path) -> None:
    assert proxy.run(["pwd"], folder=str(tmp_path)).text == str(tmp_path)


def test_a_command_killed_by_a_signal_has_a_negative_exit_code() -> None:
    assert proxy.run(["sh", "-c", "kill -9 $$"]).exit_code == -9


def test_a_missing_command_is_named() -> None:
    with pytest.raises(NotFound, match="There is no command nosuch-command"):
        proxy.run(["nosuch-command"])


def test_a_missing_folder_is_named() -> None:
    with pytest.raises(NotFound, match="There is no folder /nosuch"):
        proxy.run(["true"], folder="/nosuch")


def test_a_file_that_may_not_be_run_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    with pytest.raises(OperationFailed, match="cannot be run: Permission denied"):
        proxy.run([str(tmp_path / "plain")])


@pytest.mark.parametrize("argv", [[], ["a\0b"]])
def test_what_cannot_be_a_command_is_refused(argv: list[str]) -> None:
    with pytest.raises(InvalidInput):
        proxy.run(argv)


def test_the_timeout_ends_the_command_and_its_children(tmp_path: Path) -> None:
    script = f"sleep 60 & echo $! > {tmp_path}/child; sleep 60"
    with pytest.raises(DeadlineExceeded, match=r"did not end within 0\.3 s"):
        proxy.run(["sh", "-c", script], timeout_seconds=0.3)
    wait_until_gone(int((tmp_path / "child").read_text()))


def test_children_of_a_command_that_has_ended_are_ended_too(tmp_path: Path) -> None:
    """They hold its output open, so it counts as running."""
    with pytest.raises(DeadlineExceeded):
        proxy.run(["sh", "-c", f"sleep 60 & echo $! > {tmp_path}/child"], timeout_seconds=0.3)
    wait_until_gone(int((tmp_path / "child").read_text()))


def test_a_check_that_raises_ends_the_command(tmp_path: Path) -> None:
    def check() -> None:
        raise Cancelled("stop")

    begun = time.monotonic()
    with pytest.raises(Cancelled):
        proxy.run(["sh", "-c", f"echo $$ > {tmp_path}/pid; exec sleep 60"], check=check)
    assert time.monotonic() - begun < 5
    wait_until_gone(int((tmp_path / "pid").read_text()))


def test_a_check_that_is_content_changes_nothing() -> None:
    result = proxy.run(["sh", "-c", "cat; sleep 0.7; echo end"], stdin=b"begin ", check=lambda: None)
    assert result.text == "begin end"
