"""A disk that is full: one clear message, and nothing half-made stays."""

from __future__ import annotations

import errno
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from labs.command_line import Convirt, end, wait_until_held
from labs.managed import DISK_IMAGE, Lab
from labs.sentences import check_one_sentence

pytestmark = pytest.mark.root

FAILED, STORE = 1, 7
SMALL_MIB = 24
"""Less than the data of the image's disk."""


@pytest.fixture
def small(mounts: None, disk_folder: Path, tmp_path: Path) -> Iterator[Path]:
    """A mounted file system that is smaller than the image's disk."""
    image, folder = tmp_path / "small.ext4", disk_folder / "small"
    with image.open("wb") as file:
        file.truncate(SMALL_MIB << 20)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=True)
    folder.mkdir()
    subprocess.run(["mount", "-o", "loop", image, folder], check=True)
    (folder / "lost+found").rmdir()
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """Leave no free byte on a file system; return the file that fills it."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            write_until_full(file, b"\0" * size)
    return ballast


def write_until_full(file: BinaryIO, piece: bytes) -> None:
    """Write a piece again and again until none is taken."""
    try:
        while True:
            file.write(piece)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


@pytest.mark.guest
def test_a_copy_that_fills_the_disk_fails_and_leaves_nothing(lab: Lab, small: Path, vm_name: str) -> None:
    lab.use(disks=small, copies=lab.folder / "images")

    failed = lab.convirt("provision", "disk", vm_name, "--copy")

    assert failed.returncode == FAILED
    check_one_sentence(failed.stderr, f"{small / vm_name}.qcow2: No space left on device.")
    assert "Free some space there" in failed.stderr
    assert lab.traces(vm_name) == []
    assert list(small.iterdir()) == []


@pytest.mark.guest
def test_an_overlay_that_fills_the_disk_fails_and_leaves_nothing(lab: Lab, small: Path, vm_name: str) -> None:
    lab.use(disks=small, copies=lab.folder / "images")
    ballast = fill(small)

    failed = lab.convirt("provision", "disk", vm_name)

    assert failed.returncode == FAILED
    check_one_sentence(failed.stderr, "No space left on device")
    assert lab.traces(vm_name) == []
    assert list(small.iterdir()) == [ballast]


@pytest.mark.guest
def test_a_full_disk_for_the_copies_of_images_leaves_nothing(lab: Lab, small: Path, vm_name: str) -> None:
    lab.use(disks=lab.folder / "vms", copies=small)

    failed = lab.convirt("provision", "disk", vm_name)

    assert failed.returncode == FAILED
    check_one_sentence(failed.stderr, "No space left on device")
    assert lab.traces(vm_name) == []


@pytest.mark.guest
def test_an_image_too_large_for_the_disk_is_not_added(lab: Lab, prepared: Path, small: Path) -> None:
    lab.convirt.environment["CONVIRT_IMAGES"] = str(small / "images")
    before = lab.convirt.json("image", "list")

    failed = lab.convirt("image", "add", "large", "kvm", "lab", "--disk", str(prepared / DISK_IMAGE))

    assert failed.returncode == FAILED
    check_one_sentence(failed.stderr, "No space left on device")
    assert lab.convirt.json("image", "list") == before
    assert [path for path in small.rglob("*") if path.is_file()] == []


@pytest.fixture
def cramped(small: Path) -> Convirt:
    """A `convirt` with its data on the small file system, and a pool `first`."""
    convirt = Convirt(small)
    convirt.done("pool", "add", "first")
    return convirt


def test_an_inventory_on_a_full_disk_is_one_sentence(cramped: Convirt, small: Path) -> None:
    fill(small)

    failed = cramped("pool", "add", "second")

    assert failed.returncode == STORE
    check_one_sentence(failed.stderr, "cannot be written: the disk is full.")


def test_what_an_inventory_held_is_there_when_the_disk_has_space_again(cramped: Convirt, small: Path) -> None:
    ballast = fill(small)
    cramped("pool", "add", "second")
    ballast.unlink()

    assert [pool["name"] for pool in cramped.json("pool", "list")["pools"]] == ["first"]
    cramped.done("pool", "add", "second")


def test_a_configuration_on_a_full_disk_is_one_sentence_and_stays(cramped: Convirt, small: Path) -> None:
    settings = small / "config.toml"
    settings.write_text('disabled_plugins = ["platforms:xen"]  # mine\n')
    ballast = fill(small)

    failed = cramped("plugin", "disable", "platforms:test")

    assert failed.returncode == FAILED
    check_one_sentence(failed.stderr, f"{settings} could not be written: No space left on device.")
    assert settings.read_text() == 'disabled_plugins = ["platforms:xen"]  # mine\n'
    ballast.unlink()
    assert list(small.rglob("*.part")) == []
    cramped.done("plugin", "disable", "platforms:test")


def test_no_inventory_is_left_by_a_disk_too_full_for_one(small: Path) -> None:
    ballast = fill(small)

    failed = Convirt(small)("pool", "list")

    assert failed.returncode == STORE
    check_one_sentence(failed.stderr, "the disk is full")
    assert [path for path in small.rglob("*") if path.is_file()] == [ballast]


@pytest.mark.guest
def test_a_provisioning_whose_inventory_fills_up_leaves_nothing(lab: Lab, small: Path, vm_name: str) -> None:
    home = small / "home"
    (home / "data").mkdir(parents=True)
    shutil.copy(lab.convirt.store, home / "data")
    crowded = Lab(Convirt(home), lab.folder)
    process = crowded.convirt.begin("provision", "disk", vm_name, held_at="before record")
    wait_until_held(process)
    ballast = fill(small)

    code, said = end(process, signal.SIGCONT, within_seconds=40)

    assert code == STORE
    check_one_sentence(said, "the disk is full")
    ballast.unlink()
    assert crowded.traces(vm_name) == []
    crowded.convirt.done("vm", "list")
    assert crowded.convirt.json("task", "list")["tasks"][0]["state"] == "done"
