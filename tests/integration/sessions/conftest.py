"""One long-lived application with both servers of the lab, over ssh."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from labs.states import States

from convirt_core.app import Application
from convirt_core.model import ServerState
from convirt_core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labs.two_hosts.lab import Lab


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of a person with nothing in their inventory."""
    return Settings.load({"CONVIRT_CONFIG": str(tmp_path / "config.toml"), "CONVIRT_DATA": str(tmp_path / "data")})


@pytest.fixture
def fleet(two_hosts: Lab, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    """An application with `h1` and `h2`, which are reached by ssh alone."""
    monkeypatch.setenv("HOME", str(two_hosts.client.home))
    with Application.open(settings) as app:
        for host in two_hosts.hosts:
            app.grid.add_server(host.name, address=host.name, platform="kvm")
        yield app
        two_hosts.heal()


@pytest.fixture
def states(fleet: Application) -> Iterator[States]:
    """What is told while both are watched and up."""
    states, begun = States(), time.monotonic()
    with fleet.watch(states):
        for node in fleet.servers.all():
            states.seconds_until(ServerState.UP, within=20, since=begun, server=node.id)
        yield states
