"""A connection that is cut or hangs: every call ends in time, nothing leaks, the next use connects anew."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from labs.two_hosts import faults
from labs.two_hosts.counting import established

from convirt_core.errors import Cancelled, DeadlineExceeded, ServerUnavailable

pytestmark = pytest.mark.root


@pytest.fixture
def reasons() -> list[str]:
    return []


@pytest.fixture
def watched(way_to, two_hosts, reasons):
    """A proxy whose loss is noted."""
    with closing(way_to(two_hosts.h1, lost=reasons.append)) as proxy:
        proxy.run(["true"])
        time.sleep(0.5)  # sshd's process that has let us in ends now, and must not meet a fault
        yield proxy


def seconds_until(condition, limit: float) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < limit, "it did not happen"
        time.sleep(0.05)
    return time.monotonic() - began


def test_a_connection_that_the_server_ends_is_told_at_once_and_made_anew(watched, two_hosts, reasons):
    faults.kill_sshd_sessions(two_hosts.h1)
    assert seconds_until(lambda: reasons, 3) < 1
    assert reasons == ["The ssh connection with " + two_hosts.h1.address + " has ended."]
    assert watched.run(["echo", "again"]).text == "again"
    assert established(two_hosts.h1, 22) == 1


def test_a_server_that_was_late_ten_times_has_all_its_sessions_left(watched, two_hosts, reasons):
    with faults.stopped_sshd(two_hosts.h1):
        for _ in range(10):  # as many as it allows at once
            with suppress(DeadlineExceeded):
                watched.run(["true"], timeout_seconds=0.1)
    assert watched.run(["echo", "here"]).text == "here"
    assert reasons == []


def test_our_own_goodbye_is_no_loss(way_to, two_hosts, reasons):
    proxy = way_to(two_hosts.h1, lost=reasons.append)
    proxy.run(["true"])
    proxy.close()
    time.sleep(0.5)
    assert reasons == []


def test_a_command_on_a_cut_connection_says_that_it_may_still_run(watched, two_hosts):
    threading.Timer(0.5, two_hosts.h1.signal, (signal.SIGKILL, *two_hosts.h1.sshd_sessions())).start()
    with pytest.raises(ServerUnavailable, match="it may still run there"):
        watched.run(["sleep", "20"])


@pytest.mark.parametrize("fault", [faults.stopped_sshd, faults.link_down])
def test_on_a_server_that_hangs_every_call_ends_by_its_deadline(watched, two_hosts, fault):
    with fault(two_hosts.h1):
        for call in (lambda: watched.run(["true"], timeout_seconds=2), lambda: watched.stat("/")):
            began = time.monotonic()
            with pytest.raises(ServerUnavailable):
                call()
            assert time.monotonic() - began < 40
        began = time.monotonic()
        with pytest.raises(ServerUnavailable):
            watched.run(["true"], timeout_seconds=2)
        assert time.monotonic() - began < 7.5
    assert watched.run(["echo", "again"], timeout_seconds=20).text == "again"


@pytest.mark.parametrize("end", [Cancelled, KeyboardInterrupt])
def test_who_ends_a_command_on_a_server_that_hangs_is_obeyed_all_the_same(watched, two_hosts, end, caplog):
    def check() -> None:
        faulty.enter_context(faults.stopped_sshd(two_hosts.h1))
        raise end("enough")

    with ExitStack() as faulty, pytest.raises(end, match="enough"):
        watched.run(["sleep", "20"], check=check)
    assert "it may still run there" in caplog.text


@pytest.mark.parametrize("fault", [faults.stopped_sshd, faults.link_down])
def test_a_server_that_hangs_while_nothing_is_asked_is_lost_within_15_seconds(watched, two_hosts, reasons, fault):
    with fault(two_hosts.h1):
        assert 8 < seconds_until(lambda: reasons, 20) < 15
    assert "has not answered for 12 s over ssh" in reasons[0] or "has not answered for 13 s" in reasons[0]


def test_a_server_that_is_idle_but_well_is_not_lost(watched, reasons):
    time.sleep(16)
    assert reasons == []
    assert watched.run(["echo", "here"]).text == "here"


def test_a_slow_link_that_is_full_is_not_lost(watched, two_hosts, reasons, tmp_path, disk_folder):
    source = tmp_path / "source"
    source.write_bytes(b"x" * (6 << 20))
    with faults.slow_link(two_hosts.h1, "2mbit"):
        watched.upload(source, f"{disk_folder}/copy")
    assert reasons == []


@pytest.fixture
def home_with_command(two_hosts, home, monkeypatch, tmp_path) -> str:
    """A home of which a command leads to the second host; what the command's line ends with."""
    config = two_hosts.client.make_home(tmp_path / "home") / ".ssh/config"
    command = " ".join(two_hosts.client.ssh("-W", "%h:%p", "h1"))
    config.write_text(f"Host h2\n  ProxyCommand {command}\n" + config.read_text())
    monkeypatch.setenv("HOME", str(config.parent.parent))
    return f"-W {two_hosts.h2.address}:22 h1"


def test_an_upload_through_a_command_that_takes_nothing_any_more_ends_in_time(
    home_with_command, two_hosts, tmp_path, disk_folder, way_to, reasons
):
    source = tmp_path / "source"
    source.write_bytes(os.urandom(80 << 20))
    mine = ["pgrep", "-P", str(os.getpid()), "-f", "--", home_with_command]
    pids, began = [], time.monotonic()

    def progress(done: int, _size: int) -> None:
        if done > 4 << 20 and not pids:
            pids.extend(map(int, subprocess.check_output(mine).split()))
            signal_all(pids, signal.SIGSTOP)

    with closing(way_to(two_hosts.h2, lost=reasons.append)) as proxy:
        try:
            with pytest.raises(ServerUnavailable):
                proxy.upload(source, f"{disk_folder}/copy", progress=progress)
            assert time.monotonic() - began < 25
            seconds_until(lambda: reasons, 2)
        finally:
            signal_all(pids, signal.SIGKILL)


def signal_all(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def test_nothing_is_left_of_forty_connections(way_to, two_hosts):
    def round_trip(number: int) -> None:
        with closing(way_to(two_hosts.h1)) as proxy:
            proxy.run(["true"])
            forwarded = proxy.forward_command(["cat"])
            if number % 5 == 0:
                faults.kill_sshd_sessions(two_hosts.h1)
                with suppress(ServerUnavailable):
                    proxy.run(["true"])
            forwarded.close()

    def open_things() -> tuple[int, int]:
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    for number in range(8):
        round_trip(number)
    time.sleep(0.5)
    before = open_things()
    for number in range(32):
        round_trip(number)
    seconds_until(lambda: open_things() <= before, 5)
    assert seconds_until(lambda: established(two_hosts.h1, 22) == 0, 5) < 5
