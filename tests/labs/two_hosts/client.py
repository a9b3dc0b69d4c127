"""The lab's client: keys and ssh's files for whoever manages the hosts from this machine, whose own are not touched."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from labs.command_line import wait_until
from labs.two_hosts.host import Host

PASSPHRASE = "let me in"
"""Opens the locked key."""


class Client:
    """What is needed to reach the hosts by ssh.

    :param folder: holds `key` (without passphrase), `locked_key` (with one), each with its `.pub`, and `known_hosts`
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = folder / "key"
        self.locked_key = folder / "locked_key"
        self.known_hosts = folder / "known_hosts"
        self.config = folder / "config"

    def prepare(self) -> None:
        """Make the keys."""
        self.folder.mkdir()
        make_key(self.key)
        make_key(self.locked_key, PASSPHRASE)

    def is_let_in(self, host: Host) -> None:
        """Have a host accept the keys, for every account, and reach the other hosts with one of them."""
        keys = self.key.with_suffix(".pub").read_text() + self.locked_key.with_suffix(".pub").read_text()
        (host.folder / "etc/ssh/authorized_keys").write_text(keys)
        shutil.copy(self.key, host.folder / "root/.ssh/id_ed25519")

    def learn(self, hosts: Iterable[Host]) -> None:
        """Write `known_hosts` for the client and for the hosts, and the client's configuration."""
        hosts = list(hosts)
        self.known_hosts.write_text("".join(known_host(host) for host in hosts))
        for host in hosts:
            shutil.copy(self.known_hosts, host.folder / "etc/ssh/ssh_known_hosts")
        self.config.write_text(self.ssh_config(hosts))

    def ssh_config(
        self,
        hosts: Iterable[Host],
        *,
        user: str = "root",
        key: Path | None = None,
        known_hosts: Path | None = None,
        jumps: Mapping[str, str] | None = None,
    ) -> str:
        """A text for `~/.ssh/config` by which `ssh h1` gets there.

        :param jumps: for the name of a host, that of the host through which it is reached
        """
        return "".join(
            f"Host {host.name}\n  HostName {host.address}\n  User {user}\n  IdentityFile {key or self.key}\n"
            f"  UserKnownHostsFile {known_hosts or self.known_hosts}\n"
            + (f"  ProxyJump {jumps[host.name]}\n" if jumps and host.name in jumps else "")
            for host in hosts
        )

    def ssh(self, *words: str) -> tuple[str, ...]:
        """The command `ssh WORDS…` with the lab's files and nobody to ask."""
        return ("ssh", "-F", str(self.config), "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", *words)

    @contextmanager
    def agent(self) -> Iterator[Path]:
        """An ssh agent that holds the key, for a while: its socket, for SSH_AUTH_SOCK."""
        socket = self.folder / "agent"
        with subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL) as agent:
            try:
                wait_until(socket.exists, "the agent answers")
                environment = {**os.environ, "SSH_AUTH_SOCK": str(socket)}
                subprocess.run(["ssh-add", "-q", self.key], env=environment, check=True)
                yield socket
            finally:
                agent.terminate()


def make_key(path: Path, passphrase: str = "") -> None:
    """Make a pair of keys, in `path` and `path`.pub."""
    # one round of scrambling: a test has no use for a passphrase that is slow to guess
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-a", "1", "-N", passphrase, "-C", path.name, "-f", path], check=True
    )


def known_host(host: Host) -> str:
    """The line of `known_hosts` for a host."""
    return f"{host.address},{host.name} {' '.join(public_key(host).split()[:2])}\n"


def public_key(host: Host) -> str:
    """The public key by which a host is known now."""
    return (host.folder / "etc/ssh/ssh_host_ed25519_key.pub").read_text()
