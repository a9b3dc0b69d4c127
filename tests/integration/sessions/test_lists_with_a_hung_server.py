"""`vm list` and `server list` beside a server that hangs, from the command line and over ssh."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from labs.command_line import Convirt, wait_until
from labs.two_hosts.faults import killed_libvirtd, link_down, stopped_libvirtd, stopped_sshd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from labs.guest import LabGuest
    from labs.two_hosts.host import Host
    from labs.two_hosts.lab import Lab

    Fault = Callable[[Host], AbstractContextManager[None]]

pytestmark = [pytest.mark.root, pytest.mark.guest]

HANGS = [link_down, stopped_libvirtd, stopped_sshd]
DEADLINE_SECONDS = 6
PARTLY = 9


@pytest.fixture
def convirt(two_hosts: Lab, tmp_path: Path) -> Convirt:
    """A `convirt` with `h1` and `h2`."""
    convirt = Convirt(tmp_path, HOME=str(two_hosts.client.home))
    for name in ("h1", "h2"):
        convirt.done("server", "add", name, "--address", name, "--platform", "kvm")
    return convirt


@pytest.fixture
def vm_name(two_hosts: Lab, make_guest_on: Callable[..., LabGuest]) -> str:
    """A VM on `h2`, which stays well."""
    guest = make_guest_on(two_hosts.h2, "seen")
    guest.define()
    return guest.name


@pytest.mark.parametrize("hang", HANGS)
def test_rows_of_the_healthy_server_come_at_once_and_the_error_at_the_deadline(
    two_hosts: Lab, convirt: Convirt, vm_name: str, hang: Fault
) -> None:
    """Each command connects anew: the server hangs before the first connection."""
    with hang(two_hosts.h1):
        begun = time.monotonic()
        process = convirt.begin("vm", "list", "--deadline", str(DEADLINE_SECONDS))
        assert process.stdout is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        shown = time.monotonic() - begun
        rest, _ = process.communicate(timeout=60)
        ended = time.monotonic() - begun
    print(f"\n{hang.__name__}: rows after {shown:.1f} s, ended after {ended:.1f} s: {rest.strip()}")  # noqa: T201
    assert lines[1].startswith(vm_name)
    assert shown < DEADLINE_SECONDS / 2
    assert ended < DEADLINE_SECONDS + 3
    assert rest.startswith(("h1: ", "h1 "))  # the name stands once
    assert process.returncode == PARTLY


def test_a_name_that_the_hung_server_may_have_is_not_called_unknown(two_hosts: Lab, convirt: Convirt) -> None:
    with stopped_libvirtd(two_hosts.h1):
        assert convirt("vm", "info", "nosuch").returncode == 5


def test_a_managed_vm_is_asked_of_its_own_server_alone(two_hosts: Lab, convirt: Convirt, vm_name: str) -> None:
    convirt.done("vm", "import", vm_name)
    with stopped_libvirtd(two_hosts.h1):
        begun = time.monotonic()
        convirt.done("vm", "info", vm_name)
        assert time.monotonic() - begun < DEADLINE_SECONDS
    with stopped_libvirtd(two_hosts.h2):
        for name in (vm_name, f"h2/{vm_name}"):
            ended = convirt("vm", "info", name)
            assert ended.returncode == 5
            assert ended.stderr.startswith("Error: h2 did not answer within ")
            assert "convirt server connect h2" in ended.stderr


def test_a_check_of_a_server_that_is_away_says_so_once(two_hosts: Lab, convirt: Convirt) -> None:
    with link_down(two_hosts.h1):
        ended = convirt("server", "check", "h1", "--json")
    [finding] = json.loads(ended.stdout)["findings"]
    assert (finding["code"], finding["category"]) == ("connection", "Connection")
    assert ended.stdout.count("did not answer within") == 1


def test_watching_prints_each_state_of_a_server_that_hangs_and_is_back(two_hosts: Lab, convirt: Convirt) -> None:
    with watching(convirt) as told:
        told.wait_for("h1", "up")
        with stopped_libvirtd(two_hosts.h1):
            told.wait_for("h1", "suspect")
            down = told.wait_for("h1", "down")
            assert down["reason"]
        told.wait_for("h1", "up")
        process = told.process
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
    assert [one["state"] for one in told.lines if one["name"] == "h2"][-1] == "up"


def test_an_outage_is_one_line_however_many_attempts_fail_in_words_of_their_own(
    two_hosts: Lab, convirt: Convirt
) -> None:
    with watching(convirt) as told:
        told.wait_for("h1", "up")
        with killed_libvirtd(two_hosts.h1):
            told.wait_for("h1", "down")
            time.sleep(6)  # several attempts
        told.wait_for("h1", "up")
    of_h1 = [one for one in told.lines if one["name"] == "h1"]
    assert [one["state"] for one in of_h1][-3:] == ["up", "down", "up"]
    assert not any("/convirt-" in one["reason"] for one in of_h1), of_h1


class Told:
    """The lines of `server list --watch --json`, as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self._seen = 0
        threading.Thread(target=self._read, daemon=True).start()

    def wait_for(self, server: str, state: str) -> dict[str, Any]:
        """Wait until a state is told after the last one that was waited for."""

        def is_there() -> bool:
            return any((one["name"], one["state"]) == (server, state) for one in self.lines[self._seen :])

        wait_until(is_there, f"{server} is {state}")
        while (one := self.lines[self._seen])["name"] != server or one["state"] != state:
            self._seen += 1
        self._seen += 1
        return one

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                self.lines += json.loads(line)["servers"]


@contextmanager
def watching(convirt: Convirt) -> Iterator[Told]:
    """`server list --watch --json`, ended in the end."""
    with convirt.begin("server", "list", "--watch", "--json") as process:
        try:
            yield Told(process)
        finally:
            if process.poll() is None:
                process.kill()
