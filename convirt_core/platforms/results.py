"""What a server answers: how a command ended, what a file is."""

from __future__ import annotations

from attrs import frozen


@frozen
class CommandResult:
    """How a command on a server ended.

    :param exit_code: negative: killed by that signal
    """

    argv: tuple[str, ...]
    exit_code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Standard output as UTF-8, undecodable bytes replaced, without the last line end."""
        return self.stdout.decode(errors="replace").rstrip("\n")

    @property
    def error_text(self) -> str:
        """Standard error as UTF-8, undecodable bytes replaced, without the last line end."""
        return self.stderr.decode(errors="replace").rstrip("\n")


@frozen
class FileEntry:
    """A file on a server.

    :param kind: `file`, `folder`, `link`, or `other`
    :param modified_at: UTC, seconds since the epoch
    """

    name: str
    kind: str
    size_bytes: int
    modified_at: float
