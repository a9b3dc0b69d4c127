"""A `convirt` of its own for each test: its configuration, its data, and a record of what ran."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import libvirt
import pytest
from attrs import frozen
from labs.cli_record import recording

from convirt_cli.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator

SNAPSHOTS = libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA


@frozen
class Ran:
    """How one command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Convirt:
    """Runs command lines in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Ran:
        code = main(arguments)
        out, err = self._capsys.readouterr()
        return Ran(int(code), out, err)

    def json(self, *arguments: str) -> Any:
        """Answer of a command that ends well."""
        ran = self(*arguments, "--json")
        assert ran.code == 0, ran.err
        return ran.json


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Configuration and data of the test."""
    for name in [name for name in os.environ if name.startswith(("CONVIRT_", "_CONVIRT"))]:
        if name != "CONVIRT_CLI_RECORD":
            monkeypatch.delenv(name)
    monkeypatch.setenv("CONVIRT_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("CONVIRT_DATA", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def _recorded(tmp_path: Path) -> Iterator[None]:
    with recording(Path(os.environ.get("CONVIRT_CLI_RECORD", tmp_path / "record"))):
        yield


@pytest.fixture
def _signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def convirt(home: Path, _recorded: None, _signals: None, capsys: pytest.CaptureFixture[str]) -> Convirt:
    """Runs command lines; the inventory is empty."""
    return Convirt(capsys)


@pytest.fixture
def driver() -> Iterator[libvirt.virConnect]:
    """libvirt's test driver with its one running VM, `test`; all connections of a process share its VMs."""
    connection = libvirt.open("test:///default")
    yield connection
    for domain in connection.listAllDomains():
        if domain.name() != "test":
            if domain.isActive():
                domain.destroy()
            domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | SNAPSHOTS)
    connection.close()


@pytest.fixture
def with_server(convirt: Convirt, driver: libvirt.virConnect) -> Convirt:
    """The same, with the server `lab`, which is the test driver."""
    assert convirt("server", "add", "lab", "--platform", "test").code == 0
    return convirt


@pytest.fixture
def program(home: Path) -> list[str]:
    """The words that run `convirt` in a process of its own, in the same surroundings."""
    return [sys.executable, "-m", "convirt_cli"]


def finished(*command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)
