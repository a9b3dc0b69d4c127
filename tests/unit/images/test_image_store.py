"""Adding, verifying and removing images: on real files and a real store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import attrs
import pytest

from convirt_core.errors import AlreadyExists, Ambiguous, ConfigError, InvalidInput, NotFound, NotSupported, Refused
from convirt_core.model import Image, ImageGroup, ManagedNode, Severity, VMRecord, VMRef
from convirt_core.platforms import Template
from convirt_core.remote import LocalProxy
from convirt_core.services.images import ImageSource, ImageStore
from convirt_core.services.provisioning.copies import ImageCopies
from convirt_core.services.removers import register_removers
from convirt_core.services.tasks import Tasks
from convirt_core.store import Store

TEMPLATES = (
    Template("kernel", "Boots a kernel", "name = '$VM_NAME'\nmemory = 128\nkernel = '$KERNEL'\ndisk = []\n"),
    Template("disk", "Boots its disk", "name = '$VM_NAME'\nmemory = 512\ndisk = ['tap:qcow2:/x/vda,vda,w']\n"),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "inventory.sqlite") as store:
        yield store


def an_image_store(store: Store, tmp_path: Path, templates: Callable[[str], Sequence[Template]]) -> ImageStore:
    tasks = Tasks(store)
    register_removers(tasks, store, lambda: pytest.fail("no server is asked"))
    return ImageStore(
        store,
        tmp_path / "images",
        tasks=tasks,
        templates=templates,
        local=LocalProxy(),
        forget_copies=lambda image: [f"told of {image.name}"],
    )


@pytest.fixture
def images(store: Store, tmp_path: Path) -> ImageStore:
    return an_image_store(store, tmp_path, lambda _: TEMPLATES)


@pytest.fixture
def group(images: ImageStore) -> ImageGroup:
    return images.add_group("linux")


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    path = tmp_path / "vmlinuz-6"
    path.write_bytes(b"kernel")
    return path


def test_what_is_sent_to_servers_can_be_read_there_and_not_here(
    images: ImageStore, group: ImageGroup, kernel: Path, tmp_path: Path
) -> None:
    kernel.chmod(0o600)  # as some distributions install theirs
    image = images.add("tiny", "toy", group, ImageSource(kernel=kernel))
    assert image.folder.stat().st_mode & 0o777 == 0o700
    copy = Path(ImageCopies(LocalProxy(), str(tmp_path / "copies"), image).provide("vmlinuz"))
    assert copy.stat().st_mode & 0o777 == 0o644
    assert copy.parent.stat().st_mode & 0o777 == 0o711


def test_an_image_from_a_kernel_boots_it_with_the_arguments_given(
    images: ImageStore, group: ImageGroup, kernel: Path
) -> None:
    image = images.add("tiny", "kvm", group, ImageSource(kernel=kernel, extra="console=ttyS0", memory_mib=96))
    assert (image.folder / "vmlinuz").read_bytes() == b"kernel"
    assert "memory = 96" in image.template.read_text()
    assert 'EXTRA = "console=ttyS0"' in image.settings.read_text()
    assert images.find("tiny") == image


def test_an_image_from_a_disk_names_the_disk_to_begin_with(
    images: ImageStore, group: ImageGroup, tmp_path: Path
) -> None:
    disk = tmp_path / "debian.qcow2"
    disk.write_bytes(b"QFI\xfb")
    image = images.add("debian", "kvm", group, ImageSource(disk=disk))
    assert 'vda_image_src = "vda.qcow2"' in image.settings.read_text()


@pytest.mark.parametrize("disks", [["file:/x/$VM_NAME.img,xvda,w"], ["file:,hdc:cdrom,r", "file:/x/a,b.img, xvda ,w"]])
def test_an_images_disk_is_called_as_the_templates_first_one(
    images: ImageStore, group: ImageGroup, tmp_path: Path, disks: list[str]
) -> None:
    disk, template = tmp_path / "debian.img", tmp_path / "template"
    disk.write_bytes(b"")
    template.write_text(f"name = '$VM_NAME'\ndisk = {disks}\n")
    image = images.add("debian", "xen", group, ImageSource(disk=disk, template=template))
    assert 'xvda_image_src = "xvda.img"' in image.settings.read_text()


def test_a_whole_folder_is_taken_as_it_is(images: ImageStore, group: ImageGroup, tmp_path: Path) -> None:
    source = tmp_path / "ready"
    (source / "data").mkdir(parents=True)
    (source / "data" / "extra.bin").write_bytes(b"\0" * 10)
    (source / "vm_conf.template").write_text("# mine\nname = '$VM_NAME'\n")
    (source / "image.conf").write_text("")
    image = images.add("ready", "xen", group, ImageSource(folder=source))
    assert image.template.read_text().startswith("# mine")
    assert (image.folder / "data" / "extra.bin").exists()


def test_a_platform_without_templates_takes_images_that_bring_one(
    store: Store, tmp_path: Path, group: ImageGroup, kernel: Path
) -> None:
    def none(platform: str) -> NoReturn:
        raise NotSupported(f"{platform} does not offer convirt_templates.")

    images = an_image_store(store, tmp_path, templates=none)
    template = tmp_path / "template"
    template.write_text("name = '$VM_NAME'\n")

    assert images.add("own", "toy", group, ImageSource(kernel=kernel, template=template)).template.exists()
    with pytest.raises(NotSupported, match="no template for booting from a kernel"):
        images.add("none", "toy", group, ImageSource(kernel=kernel))


def test_a_template_that_would_be_executed_is_refused_and_nothing_stays(
    images: ImageStore, group: ImageGroup, kernel: Path, tmp_path: Path
) -> None:
    template = tmp_path / "evil"
    template.write_text("name = __import__('os').system('true')\n")
    with pytest.raises(ConfigError, match="line 1"):
        images.add("evil", "kvm", group, ImageSource(kernel=kernel, template=template))
    assert images.images() == []
    assert list((tmp_path / "images").iterdir()) == []


@pytest.mark.parametrize("name", ["../up", "", "a/b", ".hidden", "x" * 64])
def test_a_name_that_is_no_file_name_is_refused(images: ImageStore, group: ImageGroup, kernel: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be the name of an image"):
        images.add(name, "kvm", group, ImageSource(kernel=kernel))


def test_a_taken_name_is_refused_and_the_first_image_is_kept(
    images: ImageStore, group: ImageGroup, kernel: Path
) -> None:
    first = images.add("tiny", "kvm", group, ImageSource(kernel=kernel))
    with pytest.raises(AlreadyExists, match="tiny"):
        images.add("tiny", "kvm", group, ImageSource(kernel=kernel))
    assert images.verify(first)[0].severity is Severity.INFO


def test_a_renamed_image_keeps_its_files_when_another_takes_its_name(
    images: ImageStore, group: ImageGroup, kernel: Path
) -> None:
    first = images.rename(images.add("tiny", "kvm", group, ImageSource(kernel=kernel)), "old")
    kernel.write_bytes(b"another kernel")
    images.remove(images.add("tiny", "kvm", group, ImageSource(kernel=kernel)))
    assert images.verify(first)[0].severity is Severity.INFO
    assert (first.folder / "vmlinuz").read_bytes() == b"kernel"


def test_who_comes_second_with_a_name_does_no_harm(
    images: ImageStore, store: Store, group: ImageGroup, kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = images.add("tiny", "kvm", group, ImageSource(kernel=kernel))
    monkeypatch.setattr(store.images, "find", lambda _: None)  # it looked before the first was there
    with pytest.raises(AlreadyExists, match="tiny"):
        images.add("tiny", "kvm", group, ImageSource(kernel=kernel))
    assert [path.name for path in first.folder.parent.iterdir()] == [first.id]
    assert images.verify(first)[0].severity is Severity.INFO


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda folder: (folder / "vmlinuz").write_bytes(b"kernex"), "image-file-changed"),
        (lambda folder: (folder / "vmlinuz").unlink(), "image-file-missing"),
        (lambda folder: (folder / "new").write_bytes(b""), "image-file-unknown"),
        (lambda folder: (folder / "image.conf").write_text("x = f()"), "image-unreadable"),
    ],
)
def test_verifying_names_what_is_wrong(
    images: ImageStore, group: ImageGroup, kernel: Path, harm: object, code: str
) -> None:
    image = images.add("tiny", "kvm", group, ImageSource(kernel=kernel))
    assert callable(harm)
    harm(image.folder)
    assert code in {finding.code for finding in images.verify(image)}


def test_removing_takes_the_folder_along_and_tells_the_servers(
    images: ImageStore, group: ImageGroup, kernel: Path
) -> None:
    image = images.add("tiny", "kvm", group, ImageSource(kernel=kernel))
    assert images.remove(image) == ["told of tiny"]
    assert not image.folder.exists()
    with pytest.raises(NotFound, match="tiny"):
        images.find("tiny")


def test_an_image_is_not_removed_while_a_vm_made_from_it_exists(
    images: ImageStore, store: Store, group: ImageGroup, kernel: Path
) -> None:
    image = images.add("tiny", "kvm", group, ImageSource(kernel=kernel))
    store.servers.add(ManagedNode("s", "host1", "kvm"))
    store.vms.add(VMRecord(VMRef("s", "k"), "web1", image=image.id))
    with pytest.raises(Refused, match="web1"):
        images.remove(image)
    assert image.folder.exists()


def test_a_group_with_images_is_not_removed(images: ImageStore, group: ImageGroup, kernel: Path) -> None:
    images.add("tiny", "kvm", group, ImageSource(kernel=kernel))
    with pytest.raises(Refused, match="tiny"):
        images.remove_group(group)


def test_an_image_moves_to_another_group_and_takes_another_name(
    images: ImageStore, group: ImageGroup, kernel: Path
) -> None:
    image: Image = images.add("tiny", "kvm", group, ImageSource(kernel=kernel))
    other = images.add_group("other")
    moved = images.rename(images.move(image, other), "small")
    assert images.images(other) == [moved]
    assert images.find("small").folder == image.folder


def test_a_beginning_that_two_images_share_is_ambiguous(images: ImageStore, group: ImageGroup, kernel: Path) -> None:
    for name in ("tiny-a", "tiny-b"):
        images.add(name, "kvm", group, ImageSource(kernel=kernel))
    with pytest.raises(Ambiguous, match="tiny-a, tiny-b"):
        images.find("tiny")


@pytest.mark.parametrize(
    "change",
    [
        {"kernel": None},
        {"kernel": None, "ramdisk": Path("/dev/null")},
        {"kernel": Path("/nonexistent")},
        {"folder": Path("/nonexistent"), "kernel": None},
        {"folder": Path("/tmp")},
    ],
)
def test_parts_that_make_no_image_are_refused(
    images: ImageStore, group: ImageGroup, kernel: Path, change: dict[str, Path | None]
) -> None:
    with pytest.raises((InvalidInput, NotFound)):
        images.add("tiny", "kvm", group, attrs.evolve(ImageSource(kernel=kernel), **change))
