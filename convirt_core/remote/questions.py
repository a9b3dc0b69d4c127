"""What a person is asked on the way to a server: is this key right, and what is the secret."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from convirt_core.errors import LoginFailed, Refused

INSTALL_KEY = "; after 'convirt server connect … --install-key' it is not asked any more"
"""Of the remedy for a password that nobody can type: how to do without."""


class Answer(NamedTuple):
    """A secret that a person has typed. It shows itself to nobody."""

    secret: str

    def __repr__(self) -> str:
        return "Answer(secret=…)"


class HostKey(NamedTuple):
    """The key that a server shows, which nobody has seen before.

    :param host: its name or address; with the port in front of it if that is not ssh's own: `[host]:2222`
    :param kind: such as `ssh-ed25519`
    :param fingerprint: as `ssh-keygen -l` prints it: `SHA256:…`
    """

    host: str
    kind: str
    fingerprint: str


class Questions(Protocol):
    """A front end's way to ask. One question at a time, from any thread; each may take as long as a person takes."""

    def host_key(self, key: HostKey) -> bool:
        """Return whether the key of a server that is new to us is the right one; it is then remembered."""
        ...

    def password(self, user: str, host: str) -> Answer:
        """Return the password of a user on a server. Raises `LoginFailed` if nobody can or wants to say."""
        ...

    def passphrase(self, path: str) -> Answer:
        """Return what unlocks a private key. Raises `LoginFailed` if nobody can or wants to say."""
        ...

    def keep(self, name: str) -> bool:
        """Return whether a secret that has proved right is to be kept in the person's keyring.

        :param name: of the secret, such as `password of root@host1`
        """
        ...


class NobodyToAsk:
    """Where no person is: each question is refused, with what to do instead. A `Questions`."""

    def host_key(self, key: HostKey) -> bool:
        """Refuse a key that nobody has confirmed."""
        raise Refused(
            f"The server {key.host} is new, and nobody has confirmed its key yet ({key.kind} {key.fingerprint}).",
            remedy=f"Compare it with the server's own, and say it to 'server add' or 'connect': "
            f"--host-key {key.fingerprint}",
        )

    def password(self, user: str, host: str) -> Answer:
        """Refuse."""
        raise LoginFailed(
            f"{host} wants the password of {user}, and nobody is here to be asked.",
            remedy=f"Run it in a terminal{INSTALL_KEY}.",
        )

    def passphrase(self, path: str) -> Answer:
        """Refuse."""
        raise LoginFailed(
            f"The key {path} is locked with a passphrase, and nobody is here to be asked.",
            remedy=f"Unlock it for this session: ssh-add {path}",
        )

    def keep(self, name: str) -> bool:
        """Keep nothing."""
        del name
        return False
