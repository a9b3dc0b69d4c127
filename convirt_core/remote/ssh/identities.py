"""The keys that a person may log in with: those of the agent, and those in files."""

from __future__ import annotations

import base64
import binascii
import logging
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import paramiko
from paramiko.ssh_exception import PasswordRequiredException, SSHException

from convirt_core.errors import LoginFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from convirt_core.remote.questions import Questions
    from convirt_core.remote.ssh.route import Route
    from convirt_core.remote.ssh.secrets import Secrets

_logger = logging.getLogger("convirt.remote")


@contextmanager
def agent_keys(route: Route) -> Iterator[list[paramiko.AgentKey]]:
    """Give the agent's keys in the order to try: those that the configuration names, then the others."""
    if not route.uses_agent or not _agent_answers():
        yield []
        return
    agent = paramiko.Agent()
    try:
        named = [public_blob(path) for path in route.identity_files]
        keys = sorted(agent.get_keys(), key=lambda key: key.blob not in named)
        yield [key for key in keys if key.blob in named] if route.identities_only else keys
    finally:
        agent.close()


def _agent_answers() -> bool:
    """Whether there is an agent: to one that has gone paramiko would leave a socket open."""
    with socket.socket(socket.AF_UNIX) as connected:
        try:
            connected.connect(os.environ.get("SSH_AUTH_SOCK", ""))
        except OSError:
            return False
    return True


def public_blob(path: Path) -> bytes:
    """Return the public key that lies beside a private one, as it goes over the wire; empty if there is none."""
    try:
        words = path.with_name(f"{path.name}.pub").read_text(errors="replace").split()
        return base64.b64decode(words[1]) if len(words) > 1 else b""
    except (OSError, binascii.Error):
        return b""


class FileKeys:
    """The private keys in files, read one after the other while none was accepted."""

    def __init__(self, route: Route, secrets: Secrets, questions: Questions) -> None:
        self._route = route
        self._secrets = secrets
        self._questions = questions
        self.locked: LoginFailed | None = None

    def __iter__(self) -> Iterator[paramiko.PKey]:
        """Yield those that open at once, then those that need a passphrase.

        One that nobody unlocks is passed over, and is the reason in `locked`.
        """
        locked = []
        for path in self._route.identity_files:
            try:
                key = _read(path)
            except _Locked:
                locked.append(path)
                continue
            if key is not None:
                yield key
        for path in locked:
            try:
                yield self._unlock(path)
            except LoginFailed as error:
                self.locked = self.locked or error

    def _unlock(self, path: Path) -> paramiko.PKey:
        opened: list[paramiko.PKey] = []

        def fits(passphrase: str) -> bool:
            try:
                key = _read(path, passphrase)
            except _Locked:
                return False
            opened.extend([key] if key else [])
            return bool(opened)

        name, questions = f"passphrase of {path}", self._questions
        if self._secrets.unlock(name, lambda: questions.passphrase(str(path)), fits, questions.keep):
            return opened[0]
        raise LoginFailed(f"The passphrase of the key {path} was wrong.", remedy=f"Try it with: ssh-keygen -yf {path}")


class _Locked(Exception):
    """The key needs a passphrase, or another one."""


def _read(path: Path, passphrase: str | None = None) -> paramiko.PKey | None:
    """Read a private key; None for a file that is not there, or holds a kind of key that paramiko has not."""
    secret: Any = passphrase.encode() if passphrase else None  # bytes, although paramiko declares a string
    try:
        return paramiko.PKey.from_path(path, secret)
    except FileNotFoundError:
        return None
    except (TypeError, PasswordRequiredException) as error:  # cryptography says "not given but encrypted" by TypeError
        raise _Locked from error
    except (ValueError, SSHException, OSError, paramiko.pkey.UnknownKeyType) as error:
        if passphrase:
            raise _Locked from error
        _logger.warning("the key %s cannot be used: %s", path, error)
        return None
