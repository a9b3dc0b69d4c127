"""Disks of new VMs, made by the real qemu-img and read back by it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from convirt_core.errors import AlreadyExists, Cancelled, Conflict, InvalidInput, NotFound, OperationFailed
from convirt_core.model import Disk, Image
from convirt_core.remote import LocalProxy
from convirt_core.services.images import checksums
from convirt_core.services.provisioning.copies import ImageCopies
from convirt_core.services.provisioning.disk_maker import DiskMaker
from convirt_core.services.provisioning.disk_plans import DiskPlan

MIB = 1 << 20

pytestmark = pytest.mark.skipif(not shutil.which("qemu-img"), reason="needs qemu-img")


def qemu_img(*words: object) -> str:
    return subprocess.run(["qemu-img", *map(str, words)], check=True, capture_output=True, text=True).stdout


def info(path: Path) -> dict[str, Any]:
    return json.loads(qemu_img("info", "--output=json", path))


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """An image with `base.qcow2` of 8 MiB and `base.raw` with the same content."""
    folder = tmp_path / "image"
    folder.mkdir()
    (folder / "base.raw").write_bytes(b"convirt!" * (MIB // 8) + bytes(7 * MIB))
    qemu_img("convert", "-O", "qcow2", folder / "base.raw", folder / "base.qcow2")
    checksums.write(folder, checksums.of_folder(folder))
    return Image("image-id", "debian", "kvm", "group", folder)


@pytest.fixture
def copies(image: Image, tmp_path: Path) -> ImageCopies:
    return ImageCopies(LocalProxy(), str(tmp_path / "copies"), image)


def maker(image: Image, copies: ImageCopies, *, whole: bool = False) -> DiskMaker:
    return DiskMaker(LocalProxy(), image, copies, whole=whole, check=lambda: None)


def plan(path: Path, *, file: str = "base.qcow2", disk_format: str = "qcow2", size_mib: int = 0) -> DiskPlan:
    return DiskPlan(Disk("vda", str(path), format=disk_format), file, size_mib)


def same_content(path: Path, other: Path) -> bool:
    result = subprocess.run(["qemu-img", "compare", "-q", path, other], check=False)
    return result.returncode == 0


def test_an_overlay_stands_on_the_servers_copy(image: Image, copies: ImageCopies, tmp_path: Path) -> None:
    disk = tmp_path / "vda"
    maker(image, copies).make(plan(disk))
    assert info(disk)["backing-filename"] == copies.path_of("base.qcow2")
    assert same_content(disk, image.folder / "base.qcow2")


@pytest.mark.parametrize("file", ["base.qcow2", "base.raw"])
@pytest.mark.parametrize("disk_format", ["qcow2", "raw"])
def test_a_whole_copy_stands_on_nothing(
    image: Image, copies: ImageCopies, tmp_path: Path, file: str, disk_format: str
) -> None:
    disk = tmp_path / "vda"
    maker(image, copies, whole=True).make(plan(disk, file=file, disk_format=disk_format))
    assert info(disk)["format"] == disk_format
    assert "backing-filename" not in info(disk)
    assert same_content(disk, image.folder / file)


def test_a_raw_disk_is_a_whole_copy_even_without_asking(image: Image, copies: ImageCopies, tmp_path: Path) -> None:
    disk = tmp_path / "vda"
    maker(image, copies).make(plan(disk, disk_format="raw"))
    assert same_content(disk, image.folder / "base.raw")


def test_a_disk_grows_to_the_size_asked_for(image: Image, copies: ImageCopies, tmp_path: Path) -> None:
    disk = tmp_path / "vda"
    maker(image, copies).make(plan(disk, size_mib=32))
    assert info(disk)["virtual-size"] == 32 * MIB


def test_a_disk_is_never_cut_below_its_image(image: Image, copies: ImageCopies, tmp_path: Path) -> None:
    with pytest.raises(OperationFailed, match="shrink"):
        maker(image, copies).make(plan(tmp_path / "vda", size_mib=1))


def test_an_empty_disk_has_the_size_asked_for(image: Image, copies: ImageCopies, tmp_path: Path) -> None:
    disk = tmp_path / "vda"
    maker(image, copies).make(plan(disk, file="", size_mib=16))
    assert info(disk)["virtual-size"] == 16 * MIB


def test_a_file_that_is_there_is_refused(image: Image, copies: ImageCopies, tmp_path: Path) -> None:
    disk = tmp_path / "vda"
    disk.write_bytes(b"precious")
    with pytest.raises(AlreadyExists, match="vda"):
        maker(image, copies).check_free(plan(disk))


def test_a_copy_is_sent_once(image: Image, copies: ImageCopies) -> None:
    first = Path(copies.provide("base.qcow2"))
    before = first.stat().st_ino
    assert Path(copies.provide("base.qcow2")).stat().st_ino == before


def test_a_replaced_image_leaves_older_overlays_as_they_were(image: Image, copies: ImageCopies, tmp_path: Path) -> None:
    disk = tmp_path / "vda"
    maker(image, copies).make(plan(disk))
    (image.folder / "base.raw").write_bytes(b"changed!" * MIB)
    qemu_img("convert", "-O", "qcow2", image.folder / "base.raw", image.folder / "base.qcow2")
    checksums.write(image.folder, checksums.of_folder(image.folder))
    newer = ImageCopies(LocalProxy(), str(tmp_path / "copies"), image)
    maker(image, newer).make(plan(tmp_path / "newer"))
    assert not same_content(disk, image.folder / "base.qcow2")
    assert same_content(tmp_path / "newer", image.folder / "base.qcow2")


@pytest.mark.parametrize("content", [b"convirt?" * MIB, b"short"])
def test_a_file_that_was_changed_in_the_image_is_not_sent(image: Image, copies: ImageCopies, content: bytes) -> None:
    (image.folder / "base.raw").write_bytes(content)
    with pytest.raises(Conflict, match=r"base\.raw"):
        copies.provide("base.raw")
    assert not Path(copies.path_of("base.raw")).exists()


def test_an_overlay_keeps_its_base_when_the_images_file_was_changed(image: Image, copies: ImageCopies) -> None:
    path = Path(copies.provide("base.raw"))
    before = path.read_bytes()
    (image.folder / "base.raw").write_bytes(b"short")
    with pytest.raises(Conflict):
        copies.provide("base.raw")
    assert path.read_bytes() == before


@pytest.mark.parametrize("whole", [True, False])
def test_a_disk_is_for_its_vm_alone_to_read(image: Image, copies: ImageCopies, tmp_path: Path, *, whole: bool) -> None:
    disk = tmp_path / "vda"
    maker(image, copies, whole=whole).make(plan(disk))
    assert disk.stat().st_mode & 0o777 == 0o600


def test_removing_the_copies_leaves_no_folder(image: Image, copies: ImageCopies) -> None:
    copies.provide("base.raw")
    copies.remove()
    assert not Path(copies.folder).exists()
    copies.remove()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd"])
def test_an_image_names_no_file_outside_its_folder(image: Image, copies: ImageCopies, name: str) -> None:
    with pytest.raises(InvalidInput, match="outside its folder"):
        copies.provide(name)


def test_a_file_that_the_image_lacks_is_named(image: Image, copies: ImageCopies) -> None:
    with pytest.raises(NotFound, match=r"gone\.img"):
        copies.provide("gone.img")


def test_a_cancelled_copy_leaves_nothing(image: Image, copies: ImageCopies, tmp_path: Path) -> None:
    def cancel(done_bytes: int, all_bytes: int) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        maker(image, copies, whole=True).make(plan(tmp_path / "vda"), cancel)
    assert not (tmp_path / "vda").exists()
