"""An application with servers of the toy hypervisor."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from labs.toy import disk_images
from labs.toy.application import ToyApplication
from labs.toy.hypervisor import Hypervisor, Machine
from labs.toy.plugins import World

from convirt_core.app import Application
from convirt_core.model import ManagedNode, VMState
from convirt_core.remote.local import LocalProxy
from convirt_core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from convirt_core.services.listed import ListedVM


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({"CONVIRT_CONFIG": str(tmp_path / "config.toml"), "CONVIRT_DATA": str(tmp_path / "data")})


@pytest.fixture
def app(settings: Settings, world: World) -> Iterator[Application]:
    with ToyApplication(settings, world) as app:
        yield app
        for toy in world.servers.values():
            for gate in toy.hang.values():
                gate.set()


@pytest.fixture
def another_app(settings: Settings, world: World) -> Iterator[Application]:
    """A second application on the same store, as another process would have."""
    with ToyApplication(settings, world) as app:
        yield app


@pytest.fixture
def host1(app: Application) -> ManagedNode:
    return app.grid.add_server("host1", platform="toy")


@pytest.fixture
def host2(app: Application) -> ManagedNode:
    return app.grid.add_server("host2", platform="toy")


@pytest.fixture
def toy(world: World, host1: ManagedNode) -> Hypervisor:
    return world["host1"]


@pytest.fixture
def add_vm(world: World) -> Callable[..., str]:
    """Make a VM behind our back; return its key."""

    def add_vm(name: str, server: str = "host1", state: VMState = VMState.STOPPED, **values: object) -> str:
        key = str(uuid.uuid4())
        toy = world[server]
        toy.machines[key] = Machine({"name": name, "uuid": key, "memory": 64, **values})
        if state.is_resident:
            toy.go(key, state)
        return key

    return add_vm


@pytest.fixture
def vm(app: Application, host1: ManagedNode, add_vm: Callable[..., str]) -> ListedVM:
    """web1, which is stopped."""
    add_vm("web1")
    return app.vms.find("web1")


@pytest.fixture
def running(app: Application, host1: ManagedNode, add_vm: Callable[..., str]) -> ListedVM:
    """web1, which runs."""
    add_vm("web1", state=VMState.RUNNING)
    return app.vms.find("web1")


@pytest.fixture
def toy_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers' qemu-img is the toy's: see `labs.toy.disk_images`."""
    monkeypatch.setattr(LocalProxy, "run", disk_images.qemu_img)
