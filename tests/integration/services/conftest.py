"""An application that manages this machine, and guests that it defines itself."""

from __future__ import annotations

import subprocess
import uuid
from typing import TYPE_CHECKING

import pytest
from labs.guest import LabGuest

from convirt_core.app import Application
from convirt_core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from labs.guest import GuestImage

    from convirt_core.model import ManagedNode
    from convirt_core.services.listed import ListedVM


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({"CONVIRT_CONFIG": str(tmp_path / "config.toml"), "CONVIRT_DATA": str(tmp_path / "data")})


@pytest.fixture
def app(settings: Settings) -> Iterator[Application]:
    with Application.open(settings) as app:
        yield app


@pytest.fixture
def here(app: Application, libvirtd: None) -> ManagedNode:
    """This machine as a server, without KVM: it must do everywhere."""
    return app.grid.add_server("here", platform="kvm", options={"accelerator": "tcg"})


@pytest.fixture
def guests(guest_image: GuestImage, disk_folder: Path, prefix: str) -> Iterator[Callable[..., LabGuest]]:
    """`guests(word, …)`: a guest under a name of its own, not yet defined; gone after the test with its clones."""
    made = []

    def make(*words: str, **settings: str) -> LabGuest:
        name = f"{prefix}sv-{uuid.uuid4().hex[:6]}"
        made.append(LabGuest(name, guest_image, disk_folder, words, **settings))
        return made[-1]

    yield make
    for guest in made:
        for suffix in ("", "-clone"):
            LabGuest(guest.name + suffix, guest_image, disk_folder).remove()


@pytest.fixture
def defined(app: Application, here: ManagedNode, guests: Callable[..., LabGuest]) -> Callable[..., LabGuest]:
    """The same, defined through the application."""

    def define(*words: str, **settings: str) -> LabGuest:
        guest = guests(*words, **settings)
        app.lifecycle.define(here, text=guest.xml)
        return guest

    return define


@pytest.fixture
def find(app: Application) -> Callable[[LabGuest], ListedVM]:
    return lambda guest: app.vms.find(guest.name)


@pytest.fixture
def disk(disk_folder: Path) -> Path:
    """An empty qcow2 disk of 32 MiB."""
    path = disk_folder / "disk.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "32M"], check=True)
    return path


@pytest.fixture
def disk_xml(disk: Path) -> str:
    return f"<disk type='file'><driver name='qemu' type='qcow2'/><source file='{disk}'/><target dev='vda'/></disk>"
