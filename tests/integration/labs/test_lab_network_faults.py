"""What the lab does to the network is what it says, and is undone."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

import pytest
from labs.two_hosts import faults
from labs.two_hosts.lab import Lab
from labs.two_hosts.probes import SOON, over_ssh, reaches, session, takes

pytestmark = pytest.mark.root


def test_packets_to_a_host_whose_link_is_down_vanish_until_it_is_up(two_hosts: Lab) -> None:
    with faults.link_down(two_hosts.h1):
        assert not takes(two_hosts.h1)
        assert not reaches(two_hosts.h2, two_hosts.h1)
        assert takes(two_hosts.h2)

    assert takes(two_hosts.h1)
    assert reaches(two_hosts.h2, two_hosts.h1)


def test_a_connection_goes_on_after_its_link_was_down(two_hosts: Lab) -> None:
    with session(two_hosts, two_hosts.h1) as open_session:
        with faults.link_down(two_hosts.h1):
            time.sleep(SOON)

        assert open_session.echoes()


def test_hosts_that_are_cut_from_each_other_are_reached_by_the_client(two_hosts: Lab) -> None:
    with faults.cut_between(two_hosts.h1, two_hosts.h2):
        assert not reaches(two_hosts.h1, two_hosts.h2)
        assert not reaches(two_hosts.h2, two_hosts.h1)
        assert takes(two_hosts.h1)
        assert takes(two_hosts.h2)

    assert reaches(two_hosts.h1, two_hosts.h2)


def test_a_hidden_host_is_reached_through_the_other_only(two_hosts: Lab, tmp_path: Path) -> None:
    home = two_hosts.client.make_home(tmp_path, jumps={"h2": "h1"})
    two_hosts.suffers(faults.hidden_from_client(two_hosts.h2))

    assert not takes(two_hosts.h2)
    assert over_ssh(two_hosts, "h2", "hostname", home=home) == "h2\n"


def test_a_slow_link_is_slow(two_hosts: Lab) -> None:
    mib = b"x" * (1 << 20)
    send = two_hosts.client.ssh("h1", "cat > /dev/null")
    with faults.slow_link(two_hosts.h1, "4mbit"):
        began = time.monotonic()
        subprocess.run(send, input=mib, check=True, timeout=30)
        slow = time.monotonic() - began

    assert slow > 1.5
    began = time.monotonic()
    subprocess.run(send, input=mib, check=True, timeout=30)
    assert time.monotonic() - began < slow / 2


def test_a_host_far_away_answers_late(two_hosts: Lab) -> None:
    with (
        faults.far_away(two_hosts.h1, 0.2) as port,
        socket.create_connection(("127.0.0.1", port)) as connection,
    ):
        began = time.monotonic()
        assert connection.recv(8).startswith(b"SSH-2.0")
        assert time.monotonic() - began > 0.15
