"""Every TCP connection of a network namespace over a while, however short.

Looking again and again would miss what comes and goes in between; the kernel tells of each socket as it is destroyed
(`ss --events`), and those that are not are still there in the end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from labs.command_line import wait_until
from labs.two_hosts.host import Host

NOWHERE = "127.99.118.76"
"""An address of the namespace itself that nobody else uses; connections with it are refused."""


class Watch:
    """What has been seen.

    :param ended: a file with a line of `ss` for each socket that was destroyed
    :param within: words before a command that run it in the namespace
    """

    def __init__(self, ended: Path, within: Sequence[str]) -> None:
        self._ended = ended
        self._within = within

    def connections(self, host: Host) -> Counter[int]:
        """For each port of the host, how many connections there were or are; 0: one that was refused."""
        pairs = {(local, peer) for local, peer in self.all() if peer.rpartition(":")[0] == host.address}
        return Counter(int(peer.rpartition(":")[2].replace("*", "0")) for _, peer in pairs)

    def all(self) -> set[tuple[str, str]]:
        """The addresses of both ends, ADDRESS:PORT, of each."""
        # those that are there first: one that ends in between is seen twice, not never
        there = subprocess.run([*self._within, "ss", "-Htn"], check=True, capture_output=True, text=True).stdout
        self.catch_up()
        lines = (there + self._ended.read_text()).splitlines()
        return {(words[3], words[4]) for words in map(str.split, lines)}

    def catch_up(self) -> None:
        """Wait until all that has ended by now is in the file: sockets are told of in their order, so is our last."""
        seen = self._ended.read_text().count(NOWHERE)

        def has_seen_more() -> bool:
            # the first may come before ss listens
            subprocess.run([*self._within, "bash", "-c", f": < /dev/tcp/{NOWHERE}/9"], capture_output=True, check=False)
            return self._ended.read_text().count(NOWHERE) > seen

        wait_until(has_seen_more, "ss tells of a socket")


@contextmanager
def watched(host: Host | None = None) -> Iterator[Watch]:
    """Watch the connections of a host, or of this machine, the client."""
    within = host.within() if host else ()
    with tempfile.NamedTemporaryFile() as ended:
        command = [*within, "stdbuf", "--output=L", "ss", "-Htn", "--events"]
        with subprocess.Popen(command, stdout=ended, start_new_session=True) as ss:
            try:
                watch = Watch(Path(ended.name), within)
                watch.catch_up()
                yield watch
            finally:
                os.killpg(ss.pid, signal.SIGTERM)  # on a host, ss is a child of the process that entered it
