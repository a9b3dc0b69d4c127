"""Commands on this machine and over ssh."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convirt_core.errors import Cancelled, DeadlineExceeded, InvalidInput, NotFound

pytestmark = pytest.mark.root

LONG = f"9{os.getpid()}"
"""Seconds that no other process sleeps."""

NASTY = [
    *("", " ", "a b", "\t", "a\nb", "'", '"', "$(touch /tmp/hacked)", "`id`", "-n", "--", "*", "~", "\\"),
    *("ü—☃", "\udcff", "#", "!!", "&", ";", "|", "x=1"),
]


def test_every_word_arrives_as_it_is(proxy):
    result = proxy.run(["printf", r"%s\0", *NASTY])
    assert os.fsdecode(result.stdout).split("\0")[:-1] == NASTY
    assert not Path("/tmp/hacked").exists()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=8))
def test_any_words_arrive_as_they_are_over_ssh(far, words):
    assert far.run(["printf", r"%s\0", *words]).stdout.decode().split("\0")[:-1] == words


def test_both_streams_and_the_exit_code_come_apart(proxy):
    result = proxy.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (result.exit_code, result.stdout, result.stderr) == (3, b"out\n", b"err\n")


def test_a_signal_is_a_negative_exit_code(proxy):
    assert proxy.run(["sh", "-c", "kill -TERM $$"]).exit_code == -15


def test_much_input_and_output_pass_at_the_same_time(proxy):
    data = os.urandom(1 << 20) * 8
    assert proxy.run(["cat"], stdin=data).stdout == data


def test_input_that_nobody_reads_is_no_error(proxy):
    assert proxy.run(["true"], stdin=b"x" * (1 << 22)).exit_code == 0


def test_a_command_runs_in_its_folder_with_its_variables(proxy, disk_folder):
    folder = disk_folder / "a b$(id)\n-"
    folder.mkdir()
    result = proxy.run(["sh", "-c", 'pwd; printf %s "$ODD"'], folder=str(folder), environment={"ODD": "it's $HOME\n"})
    assert result.stdout.decode() == f"{folder}\nit's $HOME\n"


def test_a_missing_command_and_a_missing_folder_are_named(proxy):
    with pytest.raises(NotFound, match="There is no command no-such-command"):
        proxy.run(["no-such-command"])
    with pytest.raises(NotFound, match="There is no folder /no/such"):
        proxy.run(["true"], folder="/no/such")


@pytest.mark.parametrize("argv", [[], ["a\0b"]])
def test_what_cannot_be_a_command_is_refused(proxy, argv):
    with pytest.raises(InvalidInput):
        proxy.run(argv)


def test_a_command_past_its_timeout_is_ended_with_its_children(proxy):
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded, match="was stopped"):
        proxy.run(["sh", "-c", f"sleep {LONG} & sleep {LONG}"], timeout_seconds=1)
    assert time.monotonic() - began < 4
    assert not sleeping()


def test_a_check_that_raises_ends_the_command(proxy):
    def cancel() -> None:
        raise Cancelled("no more")

    began = time.monotonic()
    with pytest.raises(Cancelled):
        proxy.run(["sleep", LONG], check=cancel)
    assert time.monotonic() - began < 4
    assert not sleeping()


def test_twenty_commands_at_once_all_end_though_sshd_takes_ten(far):
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(far.run(["sh", "-c", "sleep 0.3; echo done"]).text))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert results == ["done"] * 20


def test_commands_that_find_no_free_session_in_time_were_not_begun(far, disk_folder):
    busy = [threading.Thread(target=far.run, args=(["sleep", "3"],)) for _ in range(8)]
    for thread in busy:
        thread.start()
    time.sleep(1)
    with pytest.raises(Exception, match="busy with 8 other commands") as error:
        far.run(["touch", str(disk_folder / "begun")], timeout_seconds=0.5)
    assert "nothing was done" in error.value.remedy
    for thread in busy:
        thread.join()
    assert not (disk_folder / "begun").exists()


def sleeping() -> list[str]:
    """The processes of these tests that sleep yet, on this machine and in the lab."""
    time.sleep(0.2)
    ran = subprocess.run(["ps", "-eo", "stat=,args="], capture_output=True, text=True, check=True)
    return [line for line in ran.stdout.splitlines() if f"sleep {LONG}" in line and not line.startswith("Z")]
