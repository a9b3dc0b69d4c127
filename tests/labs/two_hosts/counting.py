"""Which TCP connections there are, as `ss` sees them in a network namespace."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable

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


def _peers(run: Callable[..., str], host: Host) -> Counter[int]:
    """Count the last column of `ss`, ADDRESS:PORT of the peer."""
    lines = run("ss", "-Htn", "state", "established", "dst", host.address).splitlines()
    return Counter(int(line.split()[-1].rpartition(":")[2]) for line in lines)


def _here(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout
