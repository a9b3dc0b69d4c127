"""A snapshot of a fleet of 200 servers of which one hangs, against the same fleet without the hung one.

In a long-lived application that watches its servers, as a desktop does. The healthy ones are libvirt's test driver
within this process; the hung one is a socket that takes connections and never answers, as a stopped libvirtd does.
"""

from __future__ import annotations

import socket
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from _side_by_side import ratio, report

from convirt_core.app import Application
from convirt_core.model import ManagedNode, ServerState
from convirt_core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVERS = 200
BUDGET = 1.1


@contextmanager
def hung_libvirt(folder: Path) -> Iterator[str]:
    """The URI of a libvirt that hangs."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "libvirt-sock"))
        listener.listen()
        yield f"qemu+unix:///system?socket={folder / 'libvirt-sock'}"


@contextmanager
def fleet(folder: Path, hung_uri: str = "") -> Iterator[Application]:
    """An application with so many servers, watched for long enough that it knows them all."""
    settings = Settings.load({"CONVIRT_CONFIG": str(folder / "config.toml"), "CONVIRT_DATA": str(folder)})
    with Application.open(settings) as app:
        for number in range(SERVERS):
            hangs = number == SERVERS // 2 and hung_uri
            options = {"uri": hung_uri} if hangs else {}
            name = f"server{number}"
            app.store.servers.add(ManagedNode(name, name, "kvm" if hangs else "test", options=options))
        with app.watch(lambda _: None) as watch:
            while any(server.status.state not in {ServerState.UP, ServerState.DOWN} for server in watch.servers):
                time.sleep(0.1)
            yield app


def snapshot(app: Application) -> int:
    """Take one of all; return how many answered."""
    return sum(answer.snapshot is not None for answer in app.metrics.fleet())


def main() -> None:
    """Time both and print the row."""
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as another,
        hung_libvirt(Path(folder)) as uri,
        fleet(Path(folder), uri) as with_hung,
        fleet(Path(another)) as without,
    ):
        assert (snapshot(with_hung), snapshot(without)) == (SERVERS - 1, SERVERS)
        known = ratio(lambda: snapshot(with_hung), lambda: snapshot(without), rounds=61)
    report(f"snapshot of {SERVERS} servers, one hung / none hung", known, BUDGET)


if __name__ == "__main__":
    main()
