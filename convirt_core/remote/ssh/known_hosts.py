"""The file of host keys that ssh shares with us: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"."""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import hmac
import os
import stat
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from convirt_core.errors import ConfigError, OperationFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_HASHED = "|1|"
_REVOKED = "@revoked"
_MARKERS = frozenset({_REVOKED, "@cert-authority"})


class KnownKey(NamedTuple):
    """One line that is about a host.

    :param line: 1-based
    :param kind: such as `ssh-ed25519`
    :param blob: the public key as it goes over the wire
    """

    file: Path
    line: int
    kind: str
    blob: bytes
    is_revoked: bool

    @property
    def place(self) -> str:
        """Say where it stands."""
        return f"{self.file}, line {self.line}"


def known_keys(files: Iterable[Path], name: str) -> list[KnownKey]:
    """Return every key that the files have for a host; a file that is not there has none.

    :param name: as `Route.key_name` gives it
    :raises ConfigError: a file cannot be read
    """
    return [key for file in files for key in _keys_in(file, name)]


def add_key(file: Path, name: str, kind: str, blob: bytes, *, hashed: bool) -> None:
    """Add a line, whole or not at all.

    :raises OperationFailed: the file cannot be written; it is as it was
    """
    shown = hash_name(name, os.urandom(hashlib.sha1(usedforsecurity=False).digest_size)) if hashed else name
    line = f"{shown} {kind} {base64.b64encode(blob).decode()}\n"
    try:
        if not file.parent.exists():
            file.parent.mkdir(mode=0o700, parents=True)
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _append(descriptor, line.encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OperationFailed(
            f"The key of {name} cannot be remembered: {file}: {error.strerror}.",
            remedy="Make the file writable and see that its disk is not full, or name another file in "
            "~/.ssh/config: UserKnownHostsFile.",
        ) from error


def hash_name(name: str, salt: bytes) -> str:
    """Return the hidden form of a host's name: `|1|salt|HMAC-SHA1`, both in base64."""
    digest = hmac.new(salt, name.encode(), "sha1").digest()
    return f"{_HASHED}{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


def _append(descriptor: int, line: bytes) -> None:
    """Write all of a line or nothing: on a full disk a part of it may be written.

    What is no regular file, such as /dev/null, forgets it at once: so does ssh.
    """
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    end = os.lseek(descriptor, 0, os.SEEK_END)
    if end and os.pread(descriptor, 1, end - 1) != b"\n":
        line = b"\n" + line
    try:
        written = os.write(descriptor, line)
        if written < len(line):
            os.write(descriptor, line[written:])
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, end)
        raise


def _keys_in(file: Path, name: str) -> Iterator[KnownKey]:
    try:
        lines = file.read_text(errors="replace").split("\n")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise ConfigError(f"it cannot be read: {error.strerror}", source=str(file)) from error
    for number, line in enumerate(lines, 1):
        words = line.split()
        marker = words.pop(0) if words and words[0] in _MARKERS else ""
        if len(words) < 3 or words[0].startswith("#") or not matches(words[0], name):
            continue
        if marker in {"", _REVOKED} and (blob := _decoded(words[2])):
            yield KnownKey(file, number, words[1], blob, is_revoked=marker == _REVOKED)


def matches(patterns: str, name: str) -> bool:
    """Return whether the first field of a line means a host: a hashed name, or patterns of which none forbids it."""
    if patterns.startswith(_HASHED):
        salt = _decoded(patterns.split("|")[2])
        return hmac.compare_digest(hash_name(name, salt), patterns)
    wanted = name.lower()
    each = patterns.lower().split(",")
    if any(_fits(pattern[1:], wanted) for pattern in each if pattern.startswith("!")):
        return False
    return any(_fits(pattern, wanted) for pattern in each if not pattern.startswith("!"))


def _fits(pattern: str, name: str) -> bool:
    return fnmatchcase(name, pattern.replace("[", "[[]"))  # only * and ? are wild; [host]:port is literal


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
