"""Files of a server over ssh: small commands of the server's own tools, whose words say what went wrong.

No SFTP: it says only "Failure" where a disk is full, knows names as UTF-8 only, and holds a session for itself.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput, NotFound, OperationFailed
from convirt_core.platforms import FileEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convirt_core.platforms import CommandResult, NodeProxy

_ENGLISH = {"LC_ALL": "C"}
_SECONDS = 30.0
_ABSENT = ("No such file or directory", "Not a directory")
_REMEDIES = {
    "No space left on device": "Free some space there, or choose another folder.",
    "Permission denied": "Log in as a user who may: convirt server edit --user.",
    "Read-only file system": "Choose a folder that can be written.",
}
_KINDS = {"f": "file", "d": "folder", "l": "link"}
_TYPES = {0o100000: "file", 0o040000: "folder", 0o120000: "link"}

_READ = """\
[ ! -e "$1" ] || [ -f "$1" ] || { echo "$1: is not a file" >&2; exit 1; }
exec head -c "$2" -- "$1"
"""
# The content may be cut off when the connection is: only what has its whole length gets the name.
_WRITE = """\
umask 077
part=$(mktemp -- "$1.XXXXXXXXXX") || exit 1
trap 'rm -f -- "$part"' EXIT
trap 'exit 1' HUP INT TERM PIPE
cat > "$part" || exit 1
[ "$(stat -c %s -- "$part")" = "$3" ] || { echo "$1: the content was cut off" >&2; exit 1; }
chmod "$2" -- "$part" && sync -- "$part" && mv -f -T -- "$part" "$1"
"""
_MAKE_FOLDER = '[ -d "$1" ] || mkdir -p -m "$2" -- "$1"'
_REMOVE_FOLDER = '[ ! -e "$1" ] && [ ! -L "$1" ] || rmdir -- "$1"'
# openssl uses the processor's own instructions, coreutils before 9.5 does not: four times as long.
CHECKSUM = """\
checksum() {
  if command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 -r; else sha256sum; fi
}
"""
_CHECKSUM = CHECKSUM + 'head -c 0 -- "$1" && exec < "$1" && checksum'


class RemoteFiles:
    """What `NodeProxy` promises about files."""

    def __init__(self, proxy: NodeProxy) -> None:
        self._proxy = proxy

    def read(self, path: str, limit_bytes: int) -> bytes:
        """Read a regular file."""
        content = self._do(path, _READ, plain(path), str(limit_bytes + 1)).stdout
        if len(content) > limit_bytes:
            raise OperationFailed(f"{path} is larger than {limit_bytes} bytes.")
        return content

    def write(self, path: str, content: bytes, mode: int) -> None:
        """Write a whole file, atomically."""
        self._do(path, _WRITE, plain(path), f"{mode:o}", str(len(content)), stdin=content)

    def stat(self, path: str) -> FileEntry | None:
        """Return what is at the path, a link followed."""
        argv = ["stat", "-L", "-c", "%f %s %.Y", "--", plain(path)]
        found = self._proxy.run(argv, environment=_ENGLISH)
        if found.exit_code:
            if reason_in(found.error_text) in _ABSENT:
                return None
            raise failure(path, found.error_text)
        mode, size, modified = found.text.split()
        kind = _TYPES.get(int(mode, 16) & 0o170000, "other")
        return FileEntry(os.path.basename(path.rstrip("/")), kind, int(size), float(modified))  # noqa: PTH119  of a server

    def list_folder(self, path: str) -> list[FileEntry]:
        """Return a folder's entries, by name."""
        inside = ["-mindepth", "1", "-maxdepth", "1", "-printf", r"%y %s %T@ %f\0"]
        found = self._run(path, ["find", f"{plain(path).rstrip('/')}/", *inside])
        return sorted(map(_entry, os.fsdecode(found.stdout).split("\0")[:-1]), key=lambda each: each.name)

    def make_folder(self, path: str, mode: int) -> None:
        """Make a folder and its parents."""
        self._do(path, _MAKE_FOLDER, plain(path), f"{mode:o}")

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""
        self._run(path, ["rm", "-f", "--", plain(path)])

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder, if it is there."""
        self._do(path, _REMOVE_FOLDER, plain(path))

    def rename(self, path: str, new_path: str) -> None:
        """Give a file another name, in place of what has it."""
        self._run(path, ["mv", "-f", "-T", "--", plain(path), plain(new_path)])

    def free_bytes(self, path: str) -> int:
        """Return how much an ordinary user can still write below the folder."""
        blocks, size = self._run(path, ["stat", "-f", "-c", "%a %S", "--", plain(path)]).text.split()
        return int(blocks) * int(size)

    def checksum(self, path: str, seconds: float, check: Callable[[], None] | None = None) -> str:
        """Return the SHA-256 of a file, in hex."""
        argv = _in_shell(_CHECKSUM, plain(path))
        result = self._proxy.run(argv, timeout_seconds=seconds, environment=_ENGLISH, check=check)
        return _succeeded(path, result).text.split()[0]

    def _do(self, path: str, script: str, *arguments: str, stdin: bytes = b"") -> CommandResult:
        return self._run(path, _in_shell(script, *arguments), stdin=stdin)

    def _run(self, path: str, argv: Sequence[str], *, stdin: bytes = b"") -> CommandResult:
        result = self._proxy.run(argv, stdin=stdin, timeout_seconds=_SECONDS, environment=_ENGLISH)
        return _succeeded(path, result)


def _in_shell(script: str, *arguments: str) -> list[str]:
    return ["/bin/sh", "-c", script, "sh", *arguments]


def _succeeded(path: str, result: CommandResult) -> CommandResult:
    if result.exit_code:
        raise failure(path, result.error_text)
    return result


def plain(path: str) -> str:
    """Return the path as no tool takes it for an option. Raises `InvalidInput` for what cannot be a path."""
    if not path or "\0" in path:
        raise InvalidInput(f"{path!r} cannot be a path.")
    return path if path.startswith("/") else f"./{path}"


def failure(path: str, words: str) -> NotFound | OperationFailed:
    """Return the error for what one of the server's tools said."""
    reason = reason_in(words)
    if reason == _ABSENT[0]:
        return NotFound(f"There is no {path}.")
    return OperationFailed(f"{path}: {reason}.", remedy=_REMEDIES.get(reason, ""))


def reason_in(words: str) -> str:
    """Return the last part of the last line of what a tool said: `tool: 'path': reason`."""
    last = (words.splitlines() or ["it failed and did not say why"])[-1]
    return last.rpartition(": ")[2].strip().rstrip(".")


def _entry(text: str) -> FileEntry:
    kind, size, modified, name = text.split(" ", 3)
    return FileEntry(name, _KINDS.get(kind, "other"), int(size), float(modified))
