"""A server over ssh."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from convirt_core.errors import NotFound, OperationFailed, ServerUnavailable
from convirt_core.remote.pump import joined
from convirt_core.remote.ssh.command_line import in_sh
from convirt_core.remote.ssh.commands import run_command
from convirt_core.remote.ssh.files import RemoteFiles, plain
from convirt_core.remote.ssh.streams import ChannelStream

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from convirt_core.platforms import CommandResult, FileEntry, Progress
    from convirt_core.remote.forwarding import Forwarding
    from convirt_core.remote.ssh.terminal import SshTerminal
    from convirt_core.remote.ssh.transports import Lease

_CONNECT_SECONDS = 10.0
_CHECKSUM_SECONDS = 3600.0
_REFUSED_SECONDS = 0.3
"""A helper that is refused by a socket says so at once."""

# paramiko has no public way to open a channel to a UNIX socket, so one of the server's tools connects to it. socat
# takes commas and colons in a path for its own, so it only gets one without.
_CONNECT_UNIX = """\
[ -e "$1" ] || exit 66
help=$(nc -h 2>&1)
case $help in *-U*)
  case $help in *-N*) exec nc -N -U "$1" ;; *) exec nc -U "$1" ;; esac
esac
case $1 in
  *[!A-Za-z0-9/._-]*) ;;
  *) command -v socat >/dev/null 2>&1 && exec socat - "UNIX-CONNECT:$1" ;;
esac
command -v python3 >/dev/null 2>&1 && exec python3 -c "$2" "$1"
echo "none of nc with -U, socat and python3 is installed" >&2; exit 69
"""
_IN_PYTHON = """\
import os, socket, sys, threading
s = socket.socket(socket.AF_UNIX)
try:
    s.connect(sys.argv[1])
except OSError as e:
    sys.exit(e.strerror)
def out():
    while d := os.read(0, 65536):
        s.sendall(d)
    s.shutdown(socket.SHUT_WR)
threading.Thread(target=out, daemon=True).start()
while d := s.recv(65536):
    while d:
        d = d[os.write(1, d):]
"""
_ABSENT = 66
_EXEC = 'exec "$@"'
_EXEC_MARKED = 'echo "$1"; shift; exec "$@"'


class SshProxy:
    """Commands and files of a server over ssh: a `NodeProxy`. Connected when first used, and again after a loss.

    :param name: what the server is called, for messages
    """

    def __init__(self, name: str, lease: Lease) -> None:
        self._name = name
        self._lease = lease
        self._files = RemoteFiles(self)

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        timeout_seconds: float = 30.0,
        folder: str | None = None,
        environment: Mapping[str, str] | None = None,
        check: Callable[[], None] | None = None,
    ) -> CommandResult:
        """See `NodeProxy.run`."""
        deadline = self._lease.deadline(timeout_seconds)
        link = self._lease.link(deadline)
        return run_command(
            link, argv, stdin=stdin, deadline=deadline, folder=folder, environment=environment, check=check
        )

    def read_file(self, path: str, *, limit_bytes: int = 1 << 20) -> bytes:
        """See `NodeProxy.read_file`."""
        return self._files.read(path, limit_bytes)

    def write_file(self, path: str, content: bytes, *, mode: int = 0o644) -> None:
        """See `NodeProxy.write_file`."""
        self._files.write(path, content, mode)

    def upload(self, source: Path, path: str, *, progress: Progress | None = None) -> None:
        """See `NodeProxy.upload`."""
        from convirt_core.remote.ssh.uploads import upload  # noqa: PLC0415  imported when first used

        upload(self, self._lease.link(self._lease.deadline(_CONNECT_SECONDS)), source, path, progress)

    def download(self, path: str, target: Path, *, progress: Progress | None = None) -> None:
        """See `NodeProxy.download`."""
        from convirt_core.remote.ssh.downloads import download  # noqa: PLC0415  imported when first used

        download(self, self._lease.link(self._lease.deadline(_CONNECT_SECONDS)), path, target, progress)

    def checksum(self, path: str, *, check: Callable[[], None] | None = None) -> str:
        """See `NodeProxy.checksum`."""
        return self._files.checksum(path, _CHECKSUM_SECONDS, check)

    def rename(self, path: str, new_path: str) -> None:
        """See `NodeProxy.rename`."""
        self._files.rename(path, new_path)

    def stat(self, path: str) -> FileEntry | None:
        """See `NodeProxy.stat`."""
        return self._files.stat(path)

    def list_folder(self, path: str) -> list[FileEntry]:
        """See `NodeProxy.list_folder`."""
        return self._files.list_folder(path)

    def make_folder(self, path: str, *, mode: int = 0o755) -> None:
        """See `NodeProxy.make_folder`."""
        self._files.make_folder(path, mode)

    def remove_file(self, path: str) -> None:
        """See `NodeProxy.remove_file`."""
        self._files.remove(path)

    def remove_folder(self, path: str) -> None:
        """See `NodeProxy.remove_folder`."""
        self._files.remove_folder(path)

    def free_bytes(self, path: str) -> int:
        """See `NodeProxy.free_bytes`."""
        return self._files.free_bytes(path)

    def connect(self, host: str, port: int) -> socket.socket:
        """See `NodeProxy.connect`."""
        return joined(self._tcp_stream(host, port), f"convirt-connect-{self._name}")

    def connect_unix(self, path: str) -> socket.socket:
        """See `NodeProxy.connect_unix`."""
        stream = self._unix_stream(path)
        if stream.wait(_REFUSED_SECONDS) and stream.exit_code:
            words = (stream.last_words().splitlines() or ["it hung up"])[-1]
            code = stream.exit_code
            stream.close()
            if code == _ABSENT:
                raise NotFound(f"There is no {path}.")
            raise OperationFailed(f"{path}: {words.rpartition(': ')[2]}.")
        return joined(stream, f"convirt-connect-{self._name}")

    def forward_unix(self, path: str) -> Forwarding:
        """See `NodeProxy.forward_unix`."""
        return self._forward(lambda: self._unix_stream(path))

    def forward_tcp(self, host: str, port: int) -> Forwarding:
        """See `NodeProxy.forward_tcp`."""
        return self._forward(lambda: self._tcp_stream(host, port))

    def forward_command(self, argv: Sequence[str]) -> Forwarding:
        """See `NodeProxy.forward_command`."""
        return self._forward(lambda: self._command_stream(argv))

    def open_terminal(
        self, argv: Sequence[str] | None = None, *, columns: int = 80, rows: int = 24, term: str = "xterm-256color"
    ) -> SshTerminal:
        """See `NodeProxy.open_terminal`."""
        from convirt_core.remote.ssh.terminal import SshTerminal  # noqa: PLC0415  imported when first used

        deadline = self._lease.deadline(_CONNECT_SECONDS)
        link = self._lease.link(deadline)
        channel, release = link.take_session(deadline)
        link.transport.terminal(channel, term, columns, rows)
        if argv is None:
            link.transport.shell(channel)
        else:
            link.transport.execute(channel, in_sh(_EXEC, *argv))
        return SshTerminal(link, channel, release)

    def reach(self) -> None:
        """See `Way.reach`."""
        self._lease.link(self._lease.deadline(_CONNECT_SECONDS))

    def close(self) -> None:
        """Give the connection back. May be called twice."""
        self._lease.close()

    def _forward(self, open_stream: Callable[[], ChannelStream]) -> Forwarding:
        from convirt_core.remote.forwarding import Forwarding  # noqa: PLC0415  imported when first used

        self.reach()  # whoever connects to the socket learns no reason when that fails
        return Forwarding(self._name, open_stream)

    def _tcp_stream(self, host: str, port: int) -> ChannelStream:
        deadline = self._lease.deadline(_CONNECT_SECONDS)
        channel = self._lease.link(deadline).open_tcp(host, port, deadline)
        return ChannelStream(channel, channel.close)

    def _unix_stream(self, path: str) -> ChannelStream:
        return self._command_stream(["/bin/sh", "-c", _CONNECT_UNIX, "sh", plain(path), _IN_PYTHON])

    def _command_stream(self, argv: Sequence[str]) -> ChannelStream:
        deadline = self._lease.deadline(_CONNECT_SECONDS)
        link = self._lease.link(deadline)
        channel, release = link.take_session(deadline)
        stream = ChannelStream(channel, release)
        mark = f"convirt-{os.urandom(8).hex()}"
        link.transport.execute(channel, in_sh(_EXEC_MARKED, mark, *argv))
        if not stream.skip(mark.encode(), deadline):
            words = stream.last_words() or "it did not answer in time"
            stream.close()
            raise ServerUnavailable(f"{argv[0]} could not be begun on {self._name}: {words}.")
        return stream
