"""The lab of two hosts is what tests/labs/README.md says."""

from __future__ import annotations

import subprocess

import pytest
from labs.two_hosts.lab import Lab

pytestmark = pytest.mark.root


def over_ssh(lab: Lab, *words: str) -> str:
    """What `ssh WORDS…` answers."""
    return subprocess.run(lab.client.ssh(*words), check=True, capture_output=True, text=True, timeout=30).stdout


@pytest.mark.parametrize("name", ["h1", "h2"])
def test_the_client_runs_a_command_on_a_host_by_ssh(two_hosts: Lab, name: str) -> None:
    assert over_ssh(two_hosts, name, "hostname") == f"{name}\n"


@pytest.mark.parametrize("way", ["ssh_uri", "tcp_uri"])
def test_a_host_reaches_the_libvirt_of_the_other(two_hosts: Lab, way: str) -> None:
    capabilities = two_hosts.h1.run("virsh", "--connect", getattr(two_hosts.h2, way), "capabilities")

    assert two_hosts.h2.uuid in capabilities
