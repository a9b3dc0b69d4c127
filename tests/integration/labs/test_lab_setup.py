"""A host of the lab is configured in other ways for a while."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
from labs.guest import LabGuest
from labs.two_hosts import faults
from labs.two_hosts.lab import Lab
from labs.two_hosts.probes import over_ssh, succeeds, takes, takes_password
from labs.two_hosts.server_files import CLOSED, MEMBER, TCP_PORT

COMMAND_NOT_FOUND = 127

pytestmark = [pytest.mark.root, pytest.mark.guest]


def test_a_closed_host_takes_nothing_but_ssh(two_hosts: Lab) -> None:
    two_hosts.suffers(faults.set_up(two_hosts.h1, CLOSED))

    with pytest.raises(ConnectionRefusedError):
        takes(two_hosts.h1, TCP_PORT)
    assert two_hosts.h2.run("virsh", "--connect", two_hosts.h1.ssh_uri, "list", "--all")


def test_vms_of_a_closed_host_show_their_screens_on_the_host_alone(
    two_hosts: Lab, make_guest_on: Callable[..., LabGuest]
) -> None:
    two_hosts.suffers(faults.set_up(two_hosts.h1, CLOSED))
    guest = make_guest_on(two_hosts.h1, "screen", devices="<graphics type='vnc' autoport='yes'/>")
    guest.start()

    with pytest.raises(ConnectionRefusedError):
        takes(two_hosts.h1, 5900)
    assert "listen='127.0.0.1'" in two_hosts.h1.virsh("dumpxml", guest.name)


def test_passwords_are_taken_only_while_they_are_switched_on(two_hosts: Lab) -> None:
    with faults.passwords(two_hosts.h1):
        assert takes_password(two_hosts.h1, MEMBER)
        assert takes_password(two_hosts.h1, "root")

    assert not takes_password(two_hosts.h1, MEMBER)


def test_a_changed_host_key_is_refused_by_ssh_until_it_is_the_old_one(two_hosts: Lab) -> None:
    with faults.changed_host_key(two_hosts.h1):
        refused = subprocess.run(two_hosts.client.ssh("h1", "true"), capture_output=True, text=True, check=False)
        assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in refused.stderr

    assert over_ssh(two_hosts, "h1", "hostname") == "h1\n"


def test_without_libvirt_there_is_neither_its_socket_nor_its_helper_until_it_is_back(two_hosts: Lab) -> None:
    helper = two_hosts.client.ssh("h1", "virt-ssh-helper", "qemu:///system")
    with faults.without_libvirt(two_hosts.h1):
        assert subprocess.run(helper, capture_output=True, check=False).returncode == COMMAND_NOT_FOUND
        assert not two_hosts.h1.socket.exists()

    assert succeeds(two_hosts.h2, "virsh", "--connect", two_hosts.h1.ssh_uri, "list")


def test_a_small_storage_is_full_when_its_bytes_are_used(two_hosts: Lab) -> None:
    images = "/var/lib/libvirt/images"
    one_page = ("dd", "if=/dev/zero", f"of={images}/one", "bs=4096", "count=1")
    two_hosts.suffers(faults.small_storage(two_hosts.h1, images, mib=8))
    with faults.filled(two_hosts.h1, images):
        assert not succeeds(two_hosts.h1, *one_page)

    assert succeeds(two_hosts.h1, *one_page)
