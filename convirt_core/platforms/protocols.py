"""What a platform is given: the way to its server. Implemented in `convirt_core.remote`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from convirt_core.platforms.results import CommandResult, FileEntry

PART = ".convirt-part"
"""What the name of a file ends with that is not whole yet, see `NodeProxy.upload`."""

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all; may raise `Cancelled` to stop."""


class Forwarded(Protocol):
    """A local UNIX socket, of mode 0600 in a folder of this user's alone, that leads to the server."""

    @property
    def path(self) -> str:
        """Where it is."""
        ...

    @property
    def complaint(self) -> str:
        """What the server's side said when the last connection through it ended; maybe empty."""
        ...

    def close(self) -> None:
        """End all connections through it, and remove it. May be called twice."""
        ...


class Terminal(Protocol):
    """A command with a terminal. One reader thread and one writer thread at once."""

    @property
    def exit_code(self) -> int | None:
        """How it ended; negative: by that signal; None: it runs."""
        ...

    def read(self, *, timeout_seconds: float) -> bytes | None:
        """Return what has come, at least a byte; `b""` if nothing came in time; None at the end.

        :raises ServerUnavailable: when the connection is lost
        """
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`. Raises `ServerUnavailable` when nobody takes it any more."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Say that the person's window has another size."""
        ...

    def close(self) -> None:
        """Hang up, which ends the command. May be called twice."""
        ...


class NodeProxy(Protocol):
    """Commands and files of one server. Any thread, several at once.

    Every method raises `ServerUnavailable` when the server cannot be reached, `NotFound` for a path that
    is not there, and `OperationFailed` with the server's own words otherwise.
    """

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
        """Run one command, never through a shell of ours; a non-zero exit is a result, not an error.

        :param environment: added to the server's own
        :param check: called about twice a second while the command runs; what it raises (`Cancelled`) ends
            the command and its children
        :raises NotFound: the command or the folder is not there
        :raises DeadlineExceeded: past the timeout; the command and its children have been ended
        """
        ...

    def read_file(self, path: str, *, limit_bytes: int = 1 << 20) -> bytes:
        """Return a file's content; one over the limit is an `OperationFailed`."""
        ...

    def write_file(self, path: str, content: bytes, *, mode: int = 0o644) -> None:
        """Write a whole file, atomically: readers see the old or the new, never a part."""
        ...

    def upload(self, source: Path, path: str, *, progress: Progress | None = None) -> None:
        """Copy a file of this machine to the server; holes stay holes, the copy's checksum is checked.

        When the connection is cut, what has come stays on the server as `PATH.convirt-part`, and the next upload
        of the same content sends the rest only. Any other failure leaves nothing.
        """
        ...

    def download(self, path: str, target: Path, *, progress: Progress | None = None) -> None:
        """Copy a file of the server to this machine, likewise."""
        ...

    def checksum(self, path: str, *, check: Callable[[], None] | None = None) -> str:
        """Return the SHA-256 of a file in hex, taken on the server.

        :param check: called about twice a second or more often; what it raises (`Cancelled`) ends it
        """
        ...

    def rename(self, path: str, new_path: str) -> None:
        """Give a file another name on its file system, atomically, in place of what has that name."""
        ...

    def stat(self, path: str) -> FileEntry | None:
        """Return what is at the path (a link is followed), or None."""
        ...

    def list_folder(self, path: str) -> list[FileEntry]:
        """Return a folder's entries, by name."""
        ...

    def make_folder(self, path: str, *, mode: int = 0o755) -> None:
        """Make a folder and its parents; one that exists is left as it is."""
        ...

    def remove_file(self, path: str) -> None:
        """Remove a file; one that is not there is no error."""
        ...

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder; one that is not there is no error, one with content is."""
        ...

    def free_bytes(self, path: str) -> int:
        """Return how much an ordinary user can still write below the folder."""
        ...

    def connect(self, host: str, port: int) -> socket.socket:
        """Open a TCP connection from the server to `host:port`, as a connected socket here."""
        ...

    def connect_unix(self, path: str) -> socket.socket:
        """Open a connection to a UNIX socket of the server, as a connected socket here."""
        ...

    def forward_unix(self, path: str) -> Forwarded:
        """Make a UNIX socket of the server reachable here; every connection is made when somebody connects."""
        ...

    def forward_tcp(self, host: str, port: int) -> Forwarded:
        """Make likewise reachable what the server reaches as `host:port`."""
        ...

    def forward_command(self, argv: Sequence[str]) -> Forwarded:
        """Run a command on the server for each connection: the connection is its input and output."""
        ...

    def open_terminal(
        self, argv: Sequence[str] | None = None, *, columns: int = 80, rows: int = 24, term: str = "xterm-256color"
    ) -> Terminal:
        """Run a command with a terminal; None: the login shell."""
        ...


class NodeSession(Protocol):
    """The one way to a server, for as long as the application is open."""

    @property
    def proxy(self) -> NodeProxy:
        """Commands and files."""
        ...

    def lost(self, reason: str) -> None:
        """Say that the platform's own connection has ended; the server is then reconnected when next used."""
        ...
