"""What the lab stops, kills and switches off does nothing, and comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from labs.guest import LabGuest
from labs.two_hosts import faults
from labs.two_hosts.lab import Lab
from labs.two_hosts.probes import SOON, answers, greets, over_ssh, session, takes
from labs.two_hosts.server_files import TCP_PORT

pytestmark = [pytest.mark.root, pytest.mark.guest]


def test_a_stopped_libvirtd_hangs_and_refuses_nothing(two_hosts: Lab) -> None:
    with faults.stopped_libvirtd(two_hosts.h1):
        assert not answers(two_hosts.h1)
        assert takes(two_hosts.h1, TCP_PORT)
        assert answers(two_hosts.h2)

    assert answers(two_hosts.h1)


def test_with_every_sshd_stopped_open_connections_hang_too(two_hosts: Lab) -> None:
    with session(two_hosts, two_hosts.h1) as open_session:
        with faults.stopped_sshd(two_hosts.h1):
            assert not greets(two_hosts.h1)
            waits = threading.Thread(target=open_session.echoes)
            waits.start()
            waits.join(SOON)
            assert waits.is_alive()
        waits.join()

        assert open_session.echoes()


def test_with_the_listening_sshd_stopped_open_connections_go_on(two_hosts: Lab) -> None:
    with session(two_hosts, two_hosts.h1) as open_session, faults.stopped_sshd_listener(two_hosts.h1):
        assert not greets(two_hosts.h1)
        assert open_session.echoes()


def test_a_killed_libvirtd_leaves_the_vms_and_knows_them_when_it_is_back(
    two_hosts: Lab, make_guest_on: Callable[..., LabGuest]
) -> None:
    guest = make_guest_on(two_hosts.h1, "stays")
    guest.start()
    with faults.killed_libvirtd(two_hosts.h1):
        assert not answers(two_hosts.h1)
        assert len(two_hosts.h1.qemu_processes(guest.name)) == 1

    assert guest.name in two_hosts.h1.virsh("list", "--name")


def test_killed_sessions_end_the_connections_and_new_ones_are_taken(two_hosts: Lab) -> None:
    with session(two_hosts, two_hosts.h1) as open_session:
        faults.kill_sshd_sessions(two_hosts.h1)

        assert open_session.process.wait(timeout=5) == 255
    assert greets(two_hosts.h1)


def test_a_host_without_power_is_silent_and_has_its_definitions_when_it_is_back(
    two_hosts: Lab, make_guest_on: Callable[..., LabGuest]
) -> None:
    guest = make_guest_on(two_hosts.h1, "stays")
    guest.start()
    with faults.switched_off(two_hosts.h1):
        assert not takes(two_hosts.h1)

    assert guest.name in two_hosts.h1.virsh("list", "--inactive", "--name")
    assert over_ssh(two_hosts, "h1", "hostname") == "h1\n"
