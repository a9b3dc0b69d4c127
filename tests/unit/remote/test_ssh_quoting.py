"""Nothing that is data becomes a part of a command."""

from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convirt_core.errors import InvalidInput
from convirt_core.remote.ssh.command_line import command_line, in_sh
from convirt_core.remote.ssh.files import plain, reason_in

words = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(["$(touch hacked)", "`touch hacked`", "'; touch hacked; '", '"', "\n", "-n", "--", "", "\t", "ü"]),
)


def run(line: bytes, shell: str = "/bin/sh", cwd: str | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a line as sshd does: by the login shell."""
    return subprocess.run([shell, "-c", line], capture_output=True, check=False, cwd=cwd)


@settings(max_examples=40, deadline=None)
@given(st.lists(words, max_size=6), st.sampled_from(["/bin/sh", "/bin/bash"]))
def test_every_word_arrives_and_nothing_is_executed(tmp_path_factory, arguments, shell):
    folder = tmp_path_factory.mktemp("here")
    ended = run(command_line(["printf", r"%s\0", "first", *arguments], "mark"), shell, str(folder))
    said = ended.stdout.partition(b"\n")[2]
    assert said.decode().split("\0")[:-1] == ["first", *arguments]
    assert not list(folder.iterdir())


@settings(max_examples=20, deadline=None)
@given(words)
def test_every_variable_arrives(value):
    ended = run(command_line(["sh", "-c", 'printf %s "$ODD"'], "mark", environment={"ODD": value}))
    assert ended.stdout.partition(b"\n")[2].decode() == value


def test_the_mark_comes_with_the_process_number_after_all_noise():
    mark, number = run(b"echo noise; " + command_line(["true"], "mark")).stdout.splitlines()[1].split()
    assert mark == b"mark"
    assert int(number)


@pytest.mark.parametrize("argv", [[], ["a\0b"]])
def test_what_cannot_be_a_command_is_refused_before_anything_is_sent(argv):
    with pytest.raises(InvalidInput):
        command_line(argv, "mark")


def test_a_variable_with_a_name_that_is_none_is_refused():
    with pytest.raises(InvalidInput):
        command_line(["true"], "mark", environment={"A=B; touch x": "1"})


def test_a_command_that_linux_would_not_take_is_refused():
    with pytest.raises(InvalidInput, match="too long"):
        command_line(["echo", "x" * (1 << 17)], "mark")


@pytest.mark.parametrize("argv", [["-x"], ["no-such-command"]])
def test_what_is_no_command_is_said(argv):
    assert run(command_line(argv, "mark")).stdout == b"mark command\n"


def test_a_folder_that_looks_like_an_option_is_a_folder(tmp_path):
    (tmp_path / "-P").mkdir()
    assert run(command_line(["pwd"], "mark", folder="-P"), cwd=str(tmp_path)).stdout.endswith(b"/-P\n")
    assert run(command_line(["pwd"], "mark", folder="/no/such")).stdout == b"mark folder\n"


def test_names_that_are_no_text_pass():
    assert os.fsdecode(run(in_sh('printf %s "$1"', "\udcff")).stdout) == "\udcff"


def test_a_path_is_never_an_option():
    assert (plain("-rf"), plain("/a"), plain("a\nb")) == ("./-rf", "/a", "./a\nb")
    with pytest.raises(InvalidInput):
        plain("")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("rm: cannot remove '/a: b': Permission denied\n", "Permission denied"),
        ("dd: error writing '/srv/x': No space left on device\n", "No space left on device"),
        ("", "it failed and did not say why"),
    ],
)
def test_the_reason_is_the_last_part_of_what_a_tool_says(said, reason):
    assert reason_in(said) == reason
