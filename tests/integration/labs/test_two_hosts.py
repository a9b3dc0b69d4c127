"""The lab of two hosts is what tests/labs/README.md says."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path

import pytest
from labs.command_line import wait_until
from labs.two_hosts.client import NO_KEY, PASSPHRASE
from labs.two_hosts.counting import connections, connections_between, established
from labs.two_hosts.host import PORT
from labs.two_hosts.lab import Lab
from labs.two_hosts.probes import over_ssh, session, succeeds
from labs.two_hosts.server_files import MEMBER, TCP_PORT, VISITOR
from labs.two_hosts.watch import watched

pytestmark = pytest.mark.root


@pytest.mark.parametrize("name", ["h1", "h2"])
def test_the_client_runs_a_command_on_a_host_by_ssh(two_hosts: Lab, name: str) -> None:
    assert over_ssh(two_hosts, name, "hostname") == f"{name}\n"


@pytest.mark.parametrize("way", ["ssh_uri", "tcp_uri"])
def test_a_host_reaches_the_libvirt_of_the_other(two_hosts: Lab, way: str) -> None:
    capabilities = two_hosts.h1.run("virsh", "--connect", getattr(two_hosts.h2, way), "capabilities")

    assert two_hosts.h2.uuid in capabilities


def test_every_host_has_another_uuid_than_this_machine_and_the_others(two_hosts: Lab) -> None:
    machine_ids = {host.run("cat", "/etc/machine-id") for host in two_hosts.hosts}
    assert len({host.uuid for host in two_hosts.hosts}) == len(machine_ids) == 2
    assert Path("/etc/machine-id").read_text() not in machine_ids


# -- accounts and keys -------------------------------------------------------------------------------------------------


def test_a_member_of_the_group_reaches_libvirt_and_a_visitor_does_not(two_hosts: Lab) -> None:
    libvirt = ("h1", "virsh", "--connect", "qemu:///system", "list")

    assert "Name" in over_ssh(two_hosts, "-l", MEMBER, *libvirt)
    with pytest.raises(subprocess.CalledProcessError):
        over_ssh(two_hosts, "-l", VISITOR, *libvirt)
    assert over_ssh(two_hosts, "-l", VISITOR, "h1", "id", "-un") == f"{VISITOR}\n"


def test_the_locked_key_opens_with_its_passphrase_alone(two_hosts: Lab) -> None:
    show = ("ssh-keygen", "-y", "-f", two_hosts.client.locked_key, "-P")

    assert subprocess.run([*show, "wrong"], capture_output=True, check=False).returncode
    assert not subprocess.run([*show, PASSPHRASE], capture_output=True, check=False).returncode


def test_an_agent_lets_in_who_has_no_key(two_hosts: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = two_hosts.client.make_home(tmp_path, key=NO_KEY)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(subprocess.CalledProcessError):
        over_ssh(two_hosts, "h1", "hostname", home=home)

    with two_hosts.client.agent() as socket:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        assert over_ssh(two_hosts, "h1", "hostname", home=home) == "h1\n"


def test_a_home_that_knows_no_host_is_asked_about_each(two_hosts: Lab, tmp_path: Path) -> None:
    home = two_hosts.client.make_home(tmp_path, knows=False)

    refused = subprocess.run(two_hosts.client.ssh("h1", "true", home=home), capture_output=True, text=True, check=False)

    assert "Host key verification failed" in refused.stderr


# -- storage -----------------------------------------------------------------------------------------------------------


def test_the_shared_folder_is_the_same_on_every_host_and_here(two_hosts: Lab) -> None:
    file = two_hosts.shared / str(uuid.uuid4())
    two_hosts.h1.run("sh", "-c", f"echo from h1 > {file}")

    assert two_hosts.h2.run("cat", file) == file.read_text() == "from h1\n"


@pytest.mark.parametrize("folder", ["/root", "/home", "/srv", "/tmp", "/run", "/etc", "/var/lib/libvirt/images"])
def test_the_other_folders_of_a_host_are_its_own(two_hosts: Lab, folder: str) -> None:
    file = Path(folder) / f"convirt-{uuid.uuid4()}"
    two_hosts.h1.run("touch", file)

    assert succeeds(two_hosts.h1, "test", "-e", str(file))
    assert not succeeds(two_hosts.h2, "test", "-e", str(file))
    assert not file.exists()
    two_hosts.h1.run("rm", file)


# -- counting ----------------------------------------------------------------------------------------------------------


def test_the_connections_of_the_client_are_counted_for_each_host(two_hosts: Lab) -> None:
    wait_until(lambda: not connections(two_hosts.h1), "earlier connections have ended")

    with session(two_hosts, two_hosts.h1), session(two_hosts, two_hosts.h1):
        assert established(two_hosts.h1, PORT) == 2
        assert dict(connections(two_hosts.h1)) == {PORT: 2}
        assert not connections(two_hosts.h2)


def test_connections_between_hosts_are_counted_apart(two_hosts: Lab) -> None:
    before = connections(two_hosts.h2)
    stay = f"exec 3<>/dev/tcp/{two_hosts.h2.address}/{TCP_PORT}; echo; sleep 60"
    with two_hosts.h1.begin("bash", "-c", stay) as process:
        assert process.stdout is not None
        process.stdout.readline()

        assert connections_between(two_hosts.h1, two_hosts.h2) == {TCP_PORT: 1}
        assert connections(two_hosts.h2) == before
        two_hosts.h1.run("pkill", "-f", "sleep 60")


def test_a_connection_is_seen_that_nobody_looked_at_while_it_was_there(two_hosts: Lab) -> None:
    with watched() as watch:
        over_ssh(two_hosts, "h1", "true")
        over_ssh(two_hosts, "h1", "true")
        with session(two_hosts, two_hosts.h1):
            assert watch.connections(two_hosts.h1) == {PORT: 3}
            assert not watch.connections(two_hosts.h2)


def test_the_connections_of_a_host_with_another_are_seen(two_hosts: Lab) -> None:
    with watched(two_hosts.h1) as watch:
        two_hosts.h1.run("virsh", "--connect", two_hosts.h2.tcp_uri, "list")

        assert watch.connections(two_hosts.h2) == {TCP_PORT: 1}
