"""The lab's client: keys and ssh's files for whoever manages the hosts from this machine, whose own are not touched."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from labs.command_line import wait_until
from labs.two_hosts.host import Host

NO_KEY = Path("none")
PASSPHRASE = "let me in"
"""Opens the locked key."""


class Client:
    """What is needed to reach the hosts by ssh.

    :param folder: holds `key` (without passphrase) and `locked_key` (with one), each with its `.pub`, `known_hosts`,
        and `home`, which serves as a person's home: with `$HOME` set to it, `h1` is an address
    """

    def __init__(self, folder: Path, hosts: Sequence[Host]) -> None:
        self.folder = folder
        self.key = folder / "key"
        self.locked_key = folder / "locked_key"
        self.known_hosts = folder / "known_hosts"
        self.home = folder / "home"
        self.hosts = hosts

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

    def learn(self) -> None:
        """Make the hosts known, to the client and to each other, and write the home."""
        self.known_hosts.write_text("".join(known_host(host) for host in self.hosts))
        for host in self.hosts:
            shutil.copy(self.known_hosts, host.folder / "etc/ssh/ssh_known_hosts")
        self.make_home(self.home)

    def make_home(
        self,
        home: Path,
        *,
        user: str = "root",
        key: Path | None = None,
        knows: bool = True,
        jumps: Mapping[str, str] | None = None,
    ) -> Path:
        """Write `.ssh/config` and `.ssh/known_hosts` into a folder; return it, for `$HOME`.

        :param key: the file of the identity; None: the key without passphrase; `NO_KEY`: none
        :param knows: the keys of the hosts are known
        :param jumps: for the name of a host, that of the host through which it is reached
        """
        ssh = home / ".ssh"
        ssh.mkdir(mode=0o700, parents=True)
        known = ssh / "known_hosts"
        known.write_text(self.known_hosts.read_text() if knows else "")
        settings = {"User": user, "IdentityFile": key or self.key, "UserKnownHostsFile": known}
        if key != NO_KEY:
            settings["IdentitiesOnly"] = "yes"  # an agent of the person who runs the tests is not asked
        blocks = []
        for host in self.hosts:
            jump = {"ProxyJump": jumps[host.name]} if jumps and host.name in jumps else {}
            words = {"HostName": host.address, **settings, **jump}.items()
            blocks.append(
                f"Host {host.name} {host.address}\n" + "".join(f"  {name} {value}\n" for name, value in words)
            )
        (ssh / "config").write_text("".join(blocks))
        return home

    def ssh(self, *words: str, home: Path | None = None) -> tuple[str, ...]:
        """The command `ssh WORDS…` with the lab's files, or those of another home, and nobody to ask."""
        config = (home or self.home) / ".ssh/config"
        return ("ssh", "-F", str(config), "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", *words)

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
