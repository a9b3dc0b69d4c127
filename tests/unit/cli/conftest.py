"""A `convirt` of its own for each test: its configuration, its data, and a record of what ran."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import libvirt
import pytest
from labs.cli_here import CONFIG, ConvirtHere
from labs.cli_record import RECORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SNAPSHOTS = libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA


def forget_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing count of what the person who runs the tests has set for `convirt`."""
    for name in [name for name in os.environ if name.startswith(("CONVIRT_", "_CONVIRT"))]:
        if name != RECORD:
            monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Configuration and data of the test."""
    forget_surroundings(monkeypatch)
    monkeypatch.setenv("CONVIRT_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("CONVIRT_DATA", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def convirt(home: Path) -> ConvirtHere:
    """Runs command lines; the inventory is empty."""
    return ConvirtHere(home)


@pytest.fixture
def driver() -> Iterator[libvirt.virConnect]:
    """libvirt's test driver with its one running VM, `test`; all connections of a process share its VMs."""
    connection = libvirt.open("test:///default")
    yield connection
    for domain in connection.listAllDomains():
        if domain.name() == "test":
            if not domain.isActive():
                domain.create()
        else:
            if domain.isActive():
                domain.destroy()
            domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | SNAPSHOTS)
    connection.close()


@pytest.fixture(scope="session")
def data_with_server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `convirt server add lab --platform test` has written; once, as most tests begin with it."""
    home = tmp_path_factory.mktemp("with-server")
    with pytest.MonkeyPatch.context() as monkeypatch:
        forget_surroundings(monkeypatch)
        ConvirtHere(home).done("server", "add", "lab", "--platform", "test")
    return home / "data"


@pytest.fixture
def with_server(convirt: ConvirtHere, home: Path, data_with_server: Path, driver: libvirt.virConnect) -> ConvirtHere:
    """The same, with the server `lab`, which is the test driver."""
    shutil.copytree(data_with_server, home / "data")
    return convirt


@pytest.fixture
def web1(with_server: ConvirtHere, tmp_path: Path) -> ConvirtHere:
    """The same, with the stopped VM `web1`."""
    file = tmp_path / "web1.conf"
    file.write_text(CONFIG)
    assert with_server("vm", "create", str(file)).code == 0
    return with_server


@pytest.fixture
def program(home: Path) -> list[str]:
    """The words that run `convirt` in a process of its own, in the same surroundings."""
    return [sys.executable, "-m", "convirt_cli"]
