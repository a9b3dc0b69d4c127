"""A `convirt` that manages this machine, with images of the test guest, and a look at what is left of a VM."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from labs.command_line import Convirt
from labs.guest import GuestImage, LabGuest
from labs.managed import Lab, copy_home, prepare


@pytest.fixture
def convirt(tmp_path: Path) -> Convirt:
    """A person's `convirt`, with nothing in its inventory."""
    return Convirt(tmp_path)


@pytest.fixture(scope="session")
def prepared(libvirtd: None, guest_image: GuestImage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home to begin with, made once."""
    home = tmp_path_factory.mktemp("prepared")
    prepare(home, guest_image)
    return home


@pytest.fixture
def lab(prepared: Path, tmp_path: Path, disk_folder: Path) -> Lab:
    """A home of this test alone."""
    lab = Lab(copy_home(prepared, tmp_path / "home"), disk_folder)
    lab.use(disks=disk_folder / "vms", copies=disk_folder / "images")
    return lab


@pytest.fixture
def vm_name(prefix: str) -> Iterator[str]:
    """A name for one VM; whatever has it is ended and undefined after the test."""
    name = f"{prefix}{uuid.uuid4().hex[:8]}"
    yield name
    for words in (("destroy",), ("undefine", "--managed-save", "--snapshots-metadata")):
        command = ["virsh", "--connect", "qemu:///system", words[0], name, *words[1:]]
        subprocess.run(command, capture_output=True, check=False, timeout=60)


@pytest.fixture
def outside(make_guest: Callable[..., LabGuest], vm_name: str, prefix: str) -> Callable[..., LabGuest]:
    """`outside(*words, …)`: a guest that virsh defines, named `vm_name`."""
    return lambda *words, **settings: make_guest(vm_name.removeprefix(prefix), *words, **settings)
