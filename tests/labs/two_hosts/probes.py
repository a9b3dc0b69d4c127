"""How a host looks from outside."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from labs.two_hosts.host import PORT, Host
from labs.two_hosts.lab import Lab
from labs.two_hosts.server_files import PASSWORD
from paramiko import AuthenticationException, Transport

SOON = 1
"""Seconds within which the kernel has answered, on a network that is this machine."""
PATIENCE = 3
"""Seconds within which a process has answered, on a busy machine."""


def takes(host: Host, port: int = PORT) -> bool:
    """Whether a port of the host takes a connection of the client; raises ConnectionRefusedError."""
    with contextlib.suppress(TimeoutError), socket.create_connection((host.address, port), timeout=SOON):
        return True
    return False


def greets(host: Host) -> bool:
    """Whether the sshd of the host greets a client that connects."""
    with socket.create_connection((host.address, PORT), timeout=PATIENCE) as connection:
        try:
            return connection.recv(8) == b"SSH-2.0-"
        except TimeoutError:
            return False


def reaches(source: Host, destination: Host) -> bool:
    """Whether one host reaches the ssh port of another."""
    return succeeds(source, "timeout", str(PATIENCE), "bash", "-c", f": < /dev/tcp/{destination.address}/{PORT}")


def answers(host: Host) -> bool:
    """Whether the libvirtd of the host answers."""
    return succeeds(host, "timeout", str(PATIENCE), "virsh", "--connect", "qemu:///system", "list")


def succeeds(host: Host, *command: str) -> bool:
    """Whether a command on the host ends well."""
    try:
        host.run(*command)
    except subprocess.CalledProcessError:
        return False
    return True


def takes_password(host: Host, account: str) -> bool:
    """Whether sshd lets an account in that names its password."""
    with contextlib.closing(Transport((host.address, PORT))) as transport:
        transport.start_client(timeout=5)
        try:
            transport.auth_password(account, PASSWORD)
        except AuthenticationException:
            return False
        return True


def over_ssh(lab: Lab, *words: str, home: Path | None = None) -> str:
    """What `ssh WORDS…` answers; raises CalledProcessError."""
    command = lab.client.ssh(*words, home=home)
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


class Session:
    """A connection by ssh to a host with `cat` at its other end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def echoes(self) -> bool:
        """Send a line; whether it comes back. Waits for as long as nothing does."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("hello\n")
        self.process.stdin.flush()
        return self.process.stdout.readline() == "hello\n"


@contextlib.contextmanager
def session(lab: Lab, host: Host) -> Iterator[Session]:
    """A connection that is open, and used."""
    pipe = subprocess.PIPE
    with subprocess.Popen(lab.client.ssh(host.name, "cat"), stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            session = Session(process)
            assert session.echoes()
            yield session
        finally:
            process.kill()
