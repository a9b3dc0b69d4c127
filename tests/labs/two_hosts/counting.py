"""Which TCP connections there are, as `ss` sees them in a network namespace."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable, Sequence

from labs.command_line import wait_until
from labs.two_hosts.host import Host


def established(host: Host, port: int) -> int:
    """How many connections of this machine, the client, with a port of the host are established."""
    return connections(host)[port]


def connections(host: Host) -> Counter[int]:
    """For each port of the host, how many connections this machine has with it."""
    return _peers(_here, host)


def connections_between(source: Host, destination: Host) -> Counter[int]:
    """For each port of one host, how many connections another host has with it."""
    return _peers(source.run, destination)


def wait_until_quiet(hosts: Sequence[Host]) -> None:
    """Wait until this machine has no connection with any of the hosts, not even one that is just ending."""

    def is_quiet() -> bool:
        return not any(
            subprocess.run(["ss", "-Htn", "dst", host.address], check=True, stdout=subprocess.PIPE).stdout
            for host in hosts
        )

    wait_until(is_quiet, "the connections from before are gone")


def _peers(run: Callable[..., str], host: Host) -> Counter[int]:
    """Count the last column of `ss`, ADDRESS:PORT of the peer."""
    lines = run("ss", "-Htn", "state", "established", "dst", host.address).splitlines()
    return Counter(int(line.split()[-1].rpartition(":")[2]) for line in lines)


def _here(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout
