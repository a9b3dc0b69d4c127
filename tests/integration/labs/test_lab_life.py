"""Labs come and go without a trace, and do not meet."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from labs.command_line import wait_until
from labs.two_hosts.keeper import LABS
from labs.two_hosts.lab import Lab
from labs.two_hosts.probes import over_ssh

pytestmark = pytest.mark.root

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
MAKES_A_LAB = "from labs.two_hosts.lab import Lab; lab = Lab.up(label=LABEL); print(lab.network.link, flush=True)"


def links() -> set[str]:
    """The network cards of this machine."""
    return {name for _, name in socket.if_nameindex()}


def processes_of(folder: Path) -> list[str]:
    """The processes of this machine that have to do with a lab."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "mountinfo").read_bytes()
        except (FileNotFoundError, ProcessLookupError, OSError):
            continue
        if bytes(folder) in words:
            found.append(process.name)
    return found


def test_two_labs_at_once_do_not_meet_and_leave_nothing(two_hosts: Lab) -> None:
    other = Lab.up(label=f"{os.getpid()}-other")
    try:
        assert other.h1.address != two_hosts.h1.address
        assert over_ssh(other, "h1", "hostname") == over_ssh(two_hosts, "h1", "hostname")
    finally:
        other.down()

    assert processes_of(other.folder) == []
    assert not other.folder.exists()
    assert other.network.link not in links()
    assert over_ssh(two_hosts, "h1", "hostname") == "h1\n"


@pytest.mark.usefixtures("two_hosts")
def test_a_lab_ends_with_the_process_that_made_it_and_the_next_one_removes_its_folder() -> None:
    label = f"{os.getpid()}-killed"
    code = MAKES_A_LAB.replace("LABEL", repr(label)) + "; input()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], env=ENVIRONMENT, stdin=pipe, stdout=pipe, text=True) as maker:
        assert maker.stdout is not None
        link = maker.stdout.readline().strip()
        assert link in links()
        maker.kill()

    wait_until(lambda: link not in links(), "its link is gone")
    wait_until(lambda: not processes_of(LABS / label), "its processes have ended")
    Lab.up(["h1"], label=f"{os.getpid()}-next").down()
    assert not (LABS / label).exists()


@pytest.mark.usefixtures("two_hosts")
def test_a_lab_for_people_stays_until_it_is_ended() -> None:
    name = f"{os.getpid()}-people"
    try:
        told = for_people("up", "--hosts", "1", "--name", name)
        ssh = next(line for line in told.splitlines() if line.startswith("ssh "))

        assert subprocess.run([*ssh.split(), "hostname"], check=True, capture_output=True, text=True).stdout == "h1\n"
        assert for_people("status", "--name", name) in told
    finally:
        ended = for_people("down", "--name", name)

    assert ended.startswith("The lab is down")
    assert processes_of(LABS / name) == []
    assert not (LABS / name).exists()


def for_people(*words: str) -> str:
    """What `nox -s lab -- WORDS…` says."""
    command = [sys.executable, "-m", "labs.two_hosts", *words]
    return subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout.strip()
