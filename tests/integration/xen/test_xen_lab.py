"""The Xen lab is what tests/labs/README.md says."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator

import pytest
from labs.guest import READY
from labs.xen import faults
from labs.xen.guest import DISK, NIC, POWEROFF, REBOOT, XenGuest
from labs.xen.lab import XenLab

pytestmark = [pytest.mark.root, pytest.mark.guest]

UUID = "/sys/class/dmi/id/product_uuid"
SOON = 3
"""Seconds within which a server that is up has greeted."""


@pytest.fixture(scope="module")
def running(xen_lab: XenLab, prefix: str) -> Iterator[XenGuest]:
    """A PV guest that is up, and that no test changes."""
    guest = XenGuest(xen_lab, f"{prefix}running")
    guest.boot()
    yield guest
    guest.remove()


def greets(lab: XenLab) -> bool:
    """Whether the sshd of a lab greets a client that connects."""
    with socket.create_connection(("127.0.0.1", lab.machine.port), timeout=SOON) as connection:
        try:
            return connection.recv(8) == b"SSH-2.0-"
        except TimeoutError:
            return False


# -- the server --------------------------------------------------------------------------------------------------------


def test_xl_and_libvirt_of_dom0_know_dom0(xen_lab: XenLab) -> None:
    first = xen_lab.xl_list()[0]

    assert (first.name, first.id, first.memory_mib) == ("Domain-0", 0, 512)
    assert "Domain-0" in xen_lab.virsh("list", "--all", "--name")


def test_a_person_with_the_home_reaches_it_by_its_name(xen_lab: XenLab) -> None:
    reached = subprocess.run(xen_lab.ssh("hostname"), capture_output=True, text=True, check=True, timeout=60)

    assert reached.stdout == f"{xen_lab.name}\n"


def test_it_is_known_by_the_uuid_of_the_machine(xen_lab: XenLab) -> None:
    assert xen_lab.run("cat", UUID).strip() == xen_lab.machine.uuid


# -- its guests --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pv", "pvh"])
def test_a_guest_says_its_token_and_powers_off_when_asked(make_xen_guest: Callable[..., XenGuest], kind: str) -> None:
    guest = make_xen_guest(kind, kind)
    guest.boot()
    guest.lab.virsh("shutdown", guest.name)

    guest.wait_for(POWEROFF)
    guest.wait_until_gone()


def test_a_guest_that_reboots_comes_back_under_a_new_id(make_xen_guest: Callable[..., XenGuest]) -> None:
    guest = make_xen_guest("again")
    guest.boot()
    before = guest.lab.xl_domain(guest.name)
    guest.lab.virsh("reboot", guest.name)
    guest.wait_for(rf"(?s){READY}.*{REBOOT}.*{READY}")
    after = guest.lab.xl_domain(guest.name)

    assert before
    assert after
    assert before.uuid == after.uuid
    assert before.id != after.id


def test_a_deaf_guest_ignores_that_it_is_asked_to_shut_down(make_xen_guest: Callable[..., XenGuest]) -> None:
    guest = make_xen_guest("deaf", "pv", "lab.deaf")
    guest.boot()
    guest.lab.virsh("shutdown", guest.name)

    with pytest.raises(AssertionError):
        guest.wait_for(POWEROFF, within_seconds=5)
    assert guest.lab.xl_domain(guest.name)


def test_a_guest_has_the_disk_and_the_network_card_of_its_definition(make_xen_guest: Callable[..., XenGuest]) -> None:
    guest = make_xen_guest("devices", devices=DISK + NIC)
    guest.boot()
    guest.types("ls -d /sys/class/net/eth0 /sys/block/xvda && echo seen=$?")

    guest.wait_for("seen=0")


def test_the_console_of_a_guest_has_a_shell(running: XenGuest) -> None:
    running.types("echo said-$((6 * 7))")

    running.wait_for("said-42")


# -- what can go wrong -------------------------------------------------------------------------------------------------


def test_a_killed_libvirtd_leaves_the_domains_and_knows_them_when_it_is_back(
    xen_lab: XenLab, running: XenGuest
) -> None:
    with faults.killed_libvirtd(xen_lab):
        assert not xen_lab.libvirtd_runs()
        assert xen_lab.xl_domain(running.name)

    assert running.name in xen_lab.virsh("list", "--name")


def test_a_stopped_libvirtd_answers_nobody_until_it_goes_on(xen_lab: XenLab) -> None:
    with faults.stopped_libvirtd(xen_lab), pytest.raises(subprocess.CalledProcessError):
        xen_lab.run("timeout", str(SOON), "virsh", "--connect", "xen:///system", "list")

    assert xen_lab.virsh("list", "--name")


def test_ssh_that_is_cut_ends_the_connections_and_new_ones_are_taken(xen_lab: XenLab) -> None:
    with subprocess.Popen(xen_lab.ssh("echo in; exec cat"), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as connected:
        assert connected.stdout
        assert connected.stdout.readline() == b"in\n"
        xen_lab.cut_ssh()
        assert connected.wait(timeout=30) == 255

    assert xen_lab.run("hostname") == f"{xen_lab.name}\n"


def test_a_frozen_server_takes_connections_and_says_nothing_until_it_goes_on(xen_lab: XenLab) -> None:
    with faults.frozen(xen_lab):
        assert not greets(xen_lab)

    assert xen_lab.run("hostname") == f"{xen_lab.name}\n"


def test_a_server_that_was_switched_off_comes_back_as_a_new_one(xen_lab: XenLab) -> None:
    xen_lab.run("touch", "/srv/domu/mark")
    with faults.switched_off(xen_lab), pytest.raises(ConnectionRefusedError):
        greets(xen_lab)

    assert "mark" not in xen_lab.run("ls", "/srv/domu")
    assert xen_lab.run("cat", UUID).strip() == xen_lab.machine.uuid
