"""The process that keeps a lab: it holds the network's namespace, and a lock that says that the lab lives."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labs.two_hosts.namespaces import DIES_WITH_US

LABS = Path("/var/tmp/convirt-labs")
"""Every lab has a folder in here; the paths in it are short enough for the names of sockets (107 characters)."""
KEEP = ("unshare", "--net", "sh", "-c", "echo ready; exec sleep infinity")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Only one process of the machine at a time is in here."""
    LABS.mkdir(exist_ok=True)
    with (LABS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start_keeper(folder: Path, *, stays: bool) -> subprocess.Popen[str]:
    """Start the keeper of the lab in `folder`.

    :param stays: it lives on when the process that runs this ends
    """
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        keeper = subprocess.Popen(
            [*(() if stays else DIES_WITH_US), *KEEP],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it outlives who waits for the end of this command's output
            text=True,
            pass_fds=[lock.fileno()],  # the lock lasts for as long as a process has the file open
            start_new_session=True,
        )
    assert keeper.stdout is not None
    with keeper.stdout as said:
        assert said.readline() == "ready\n", "a network namespace cannot be made"
    return keeper


def is_kept(folder: Path) -> bool:
    """Whether the keeper of a lab lives."""
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
