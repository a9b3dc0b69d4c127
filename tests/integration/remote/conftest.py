"""A server over ssh, and this machine as one: the same claims hold for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from labs.two_hosts.host import Host
from labs.two_hosts.lab import Lab

from convirt_core.model import ManagedNode
from convirt_core.remote import Answer, HostKey, LocalProxy, NobodyToAsk, Way, Ways


class Person(NobodyToAsk):
    """Answers what was prepared, and counts the questions."""

    def __init__(self, **answers: str | bool) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def host_key(self, key: HostKey) -> bool:
        self.asked.append(f"host key {key.host} {key.fingerprint}")
        return bool(self.answers["host_key"]) if "host_key" in self.answers else super().host_key(key)

    def password(self, user: str, host: str) -> Answer:
        self.asked.append("password")
        return Answer(str(self.answers["password"])) if "password" in self.answers else super().password(user, host)

    def passphrase(self, path: str) -> Answer:
        self.asked.append("passphrase")
        return Answer(str(self.answers["passphrase"])) if "passphrase" in self.answers else super().passphrase(path)


@pytest.fixture
def person() -> Person:
    """Nobody yet; a test gives them answers."""
    return Person()


@pytest.fixture
def home(two_hosts: Lab, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lab's home as this person's own."""
    monkeypatch.setenv("HOME", str(two_hosts.client.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    return two_hosts.client.home


@pytest.fixture
def ways(home: Path, person: Person) -> Iterator[Ways]:
    """The ways of one application."""
    with closing(Ways(lambda: person)) as ways:
        yield ways


@pytest.fixture
def way_to(ways: Ways) -> Callable[..., Way]:
    """`way_to(host, user=…)`: a proxy over ssh."""

    def open_proxy(host: Host | str, user: str = "", port: int = 0, **listener: object) -> Way:
        address = host if isinstance(host, str) else host.name
        node = ManagedNode("", address, "kvm", address=address, user=user, ssh_port=port)
        return ways.open_proxy(node, **listener)  # type: ignore[arg-type]

    return open_proxy


@pytest.fixture
def far(two_hosts: Lab, way_to: Callable[..., Way]) -> Iterator[Way]:
    """The first host over ssh."""
    with closing(way_to(two_hosts.h1)) as proxy:
        yield proxy


@pytest.fixture(params=["local", "ssh"])
def proxy(request: pytest.FixtureRequest) -> Way:
    """This machine, and a server over ssh. They share `disk_folder`."""
    return LocalProxy() if request.param == "local" else request.getfixturevalue("far")


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
