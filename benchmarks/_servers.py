"""A server of the lab of the tests, for benchmarks over the network: as root, and with `tests` on PYTHONPATH."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from labs.two_hosts.lab import Lab

from convirt_core.model import ManagedNode
from convirt_core.remote import NobodyToAsk, Way, Ways


@contextmanager
def one_server() -> Iterator[Lab]:
    """A lab with one server, which is `lab.h1`, and as `h1` an address for this process and those it starts."""
    if os.geteuid() != 0:
        print(f"{Path(sys.argv[0]).name} needs root, for the lab of servers: left out")
        sys.exit()
    with Lab.up(("h1",), label=f"bench-{os.getpid()}") as lab:
        os.environ["HOME"] = str(lab.client.home)
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
        os.environ.pop("SSH_AUTH_SOCK", None)
        yield lab


@contextmanager
def session() -> Iterator[Way]:
    """The open session with the server."""
    node = ManagedNode("", "h1", "kvm", address="h1")
    with closing(Ways(NobodyToAsk)) as ways, closing(ways.open_proxy(node)) as proxy:
        yield proxy


@contextmanager
def control_master(lab: Lab) -> Iterator[Path]:
    """An open connection of OpenSSH with the server: the socket for `ssh -S`."""
    path = lab.client.folder / "master"
    with subprocess.Popen(lab.client.ssh("-M", "-N", "-S", str(path), "h1")) as master:
        try:
            while not path.exists():
                time.sleep(0.05)
            yield path
        finally:
            master.terminate()
