"""The machine we run on, as a server."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from convirt_core.errors import OperationFailed
from convirt_core.remote import local_files
from convirt_core.remote.local_files import speaking_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convirt_core.platforms import CommandResult, FileEntry, Forwarded, Progress, Terminal

_CONNECT_SECONDS = 10.0
_BLOCK_BYTES = 1 << 20


class LocalProxy:
    """Commands and files of this machine: a `NodeProxy` without a network.

    :param name: what the server is called, for messages
    """

    def __init__(self, name: str = "this machine") -> None:
        self._name = name

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
        from convirt_core.remote.local_commands import run_command  # noqa: PLC0415  listing VMs runs no command

        return run_command(
            argv, stdin=stdin, timeout_seconds=timeout_seconds, folder=folder, environment=environment, check=check
        )

    def read_file(self, path: str, *, limit_bytes: int = 1 << 20) -> bytes:
        """See `NodeProxy.read_file`."""
        with speaking_of(path):
            return local_files.read_limited(path, limit_bytes)

    def write_file(self, path: str, content: bytes, *, mode: int = 0o644) -> None:
        """See `NodeProxy.write_file`."""
        with speaking_of(path):
            local_files.write_whole(path, content, mode)

    def upload(self, source: Path, path: str, *, progress: Progress | None = None) -> None:
        """See `NodeProxy.upload`."""
        from convirt_core.remote.local_copies import copy_file  # noqa: PLC0415  listing VMs copies nothing

        with speaking_of(path):
            copy_file(source, path, progress)

    def download(self, path: str, target: Path, *, progress: Progress | None = None) -> None:
        """See `NodeProxy.download`."""
        self.upload(Path(path), str(target), progress=progress)

    def checksum(self, path: str, *, check: Callable[[], None] | None = None) -> str:
        """See `NodeProxy.checksum`."""
        import hashlib  # noqa: PLC0415  listing VMs checks nothing

        digest = hashlib.sha256()
        with speaking_of(path), open(path, "rb") as file:  # noqa: PTH123  pathlib is no gain here
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                if check is not None:
                    check()
        return digest.hexdigest()

    def rename(self, path: str, new_path: str) -> None:
        """See `NodeProxy.rename`."""
        with speaking_of(path):
            Path(path).replace(new_path)

    def stat(self, path: str) -> FileEntry | None:
        """See `NodeProxy.stat`."""
        with speaking_of(path), suppress(FileNotFoundError, NotADirectoryError):
            return local_files.entry(Path(path).name, os.stat(path))  # noqa: PTH116  pathlib is no gain here
        return None

    def list_folder(self, path: str) -> list[FileEntry]:
        """See `NodeProxy.list_folder`."""
        with speaking_of(path), os.scandir(path) as entries:
            found = [local_files.entry(each.name, each.stat(follow_symlinks=False)) for each in entries]
        return sorted(found, key=lambda each: each.name)

    def make_folder(self, path: str, *, mode: int = 0o755) -> None:
        """See `NodeProxy.make_folder`."""
        with speaking_of(path):
            Path(path).mkdir(mode=mode, parents=True, exist_ok=True)

    def remove_file(self, path: str) -> None:
        """See `NodeProxy.remove_file`."""
        with speaking_of(path):
            Path(path).unlink(missing_ok=True)

    def remove_folder(self, path: str) -> None:
        """See `NodeProxy.remove_folder`."""
        with speaking_of(path), suppress(FileNotFoundError):
            Path(path).rmdir()

    def free_bytes(self, path: str) -> int:
        """See `NodeProxy.free_bytes`."""
        with speaking_of(path):
            status = os.statvfs(path)
        return status.f_bavail * status.f_frsize

    def connect(self, host: str, port: int) -> socket.socket:
        """See `NodeProxy.connect`."""
        try:
            connected = socket.create_connection((host, port), timeout=_CONNECT_SECONDS)
        except OSError as error:
            words = error.strerror or error
            raise OperationFailed(f"{self._name} cannot connect to {host}:{port}: {words}.") from error
        connected.settimeout(None)
        return connected

    def connect_unix(self, path: str) -> socket.socket:
        """See `NodeProxy.connect_unix`."""
        connected = socket.socket(socket.AF_UNIX)
        try:
            with speaking_of(path):
                connected.settimeout(_CONNECT_SECONDS)
                connected.connect(path)
                connected.settimeout(None)
        except BaseException:
            connected.close()
            raise
        return connected

    def forward_unix(self, path: str) -> Forwarded:
        """See `NodeProxy.forward_unix`: it is here already."""
        from convirt_core.remote.local_socket import LocalSocket  # noqa: PLC0415  listing VMs forwards nothing

        return LocalSocket(path)

    def forward_tcp(self, host: str, port: int) -> Forwarded:
        """See `NodeProxy.forward_tcp`."""
        from convirt_core.remote.forwarding import Forwarding  # noqa: PLC0415  likewise
        from convirt_core.remote.local_streams import SocketStream  # noqa: PLC0415  likewise

        return Forwarding(self._name, lambda: SocketStream(self.connect(host, port)))

    def forward_command(self, argv: Sequence[str]) -> Forwarded:
        """See `NodeProxy.forward_command`."""
        from convirt_core.remote.forwarding import Forwarding  # noqa: PLC0415  likewise
        from convirt_core.remote.local_streams import CommandStream  # noqa: PLC0415  likewise

        return Forwarding(self._name, lambda: CommandStream(argv))

    def open_terminal(
        self, argv: Sequence[str] | None = None, *, columns: int = 80, rows: int = 24, term: str = "xterm-256color"
    ) -> Terminal:
        """See `NodeProxy.open_terminal`."""
        from convirt_core.remote.local_terminal import LocalTerminal  # noqa: PLC0415  listing VMs shows no terminal

        return LocalTerminal(argv, columns, rows, term)

    def reach(self) -> None:
        """It is here."""

    def close(self) -> None:
        """Nothing is open."""
