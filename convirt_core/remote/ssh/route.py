"""How a server is reached over ssh, with everything that the person's configuration says about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_PORT = 22


@frozen
class Route:
    """The way to one sshd. Two that are equal share a transport.

    :param host: name or address that is connected to
    :param user: to log in as
    :param jump: the server through which it is reached
    :param proxy_command: a command of the person's whose input and output lead there
    :param identity_files: private keys to try, in this order; those that are not there are passed over
    :param identities_only: whether the agent's other keys are left alone
    :param uses_agent: whether the agent is asked at all
    :param key_alias: the name that the host key is known under, if not the host's
    :param known_hosts: the person's files of host keys; the first is added to
    :param system_known_hosts: likewise, those of everybody on this machine
    :param hashes_names: whether names are hidden in that file
    """

    host: str
    user: str
    port: int = DEFAULT_PORT
    jump: Route | None = None
    proxy_command: str = ""
    identity_files: tuple[Path, ...] = ()
    identities_only: bool = False
    uses_agent: bool = True
    key_alias: str = ""
    known_hosts: tuple[Path, ...] = field(default=(), eq=False)
    system_known_hosts: tuple[Path, ...] = field(default=(), eq=False)
    hashes_names: bool = field(default=False, eq=False)

    @property
    def key_name(self) -> str:
        """Return the name that the host key is known under: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"."""
        if self.key_alias:
            return self.key_alias
        return self.host if self.port == DEFAULT_PORT else f"[{self.host}]:{self.port}"

    @property
    def all_known_hosts(self) -> tuple[Path, ...]:
        """Return every file of host keys."""
        return self.known_hosts + self.system_known_hosts

    def __str__(self) -> str:
        return f"{self.user}@{self.key_name}"
