"""The image store."""

from __future__ import annotations

import shutil
import uuid
from typing import TYPE_CHECKING

import attrs

from convirt_core.errors import AlreadyExists, NotSupported, OperationFailed, Refused
from convirt_core.model import Finding, Image, ImageGroup, Remain, RemainKind, check_name
from convirt_core.services.images import checksums, folder, verification
from convirt_core.services.lookup import find_by_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from convirt_core.platforms import NodeProxy, Template
    from convirt_core.services.images.source import ImageSource
    from convirt_core.services.tasks import TaskHandle, Tasks
    from convirt_core.store import Store


_READABLE = 0o444
"""A server's copy of a file has the rights of the image's, and QEMU's user there, whoever that is, must read it.

libvirt makes that user the owner of what a VM boots, but not with `dynamic_ownership = 0` or where root may not.
"""


class ImageStore:
    """Images and their groups.

    :param root: the folder that holds a folder per image
    :param templates: platform → its templates, the usual one first
    :param local: copies files on this machine
    :param forget_copies: removes what servers keep of an image; returns a sentence for each that keeps them
    """

    def __init__(
        self,
        store: Store,
        root: Path,
        *,
        tasks: Tasks,
        templates: Callable[[str], Sequence[Template]],
        local: NodeProxy,
        forget_copies: Callable[[Image], list[str]],
    ) -> None:
        self._store = store
        self._root = root
        self._tasks = tasks
        self._templates = templates
        self._local = local
        self._forget_copies = forget_copies

    # groups
    def groups(self) -> list[ImageGroup]:
        """All groups, by name."""
        return self._store.groups.all()

    def add_group(self, name: str) -> ImageGroup:
        """Add a group. Raises `AlreadyExists`."""
        group = ImageGroup(str(uuid.uuid4()), check_name(name, "group"))
        self._store.groups.add(group)
        return group

    def rename_group(self, group: ImageGroup, name: str) -> ImageGroup:
        """Give a group another name. Raises `AlreadyExists`."""
        return self._store.groups.save(attrs.evolve(group, name=check_name(name, "group")))

    def remove_group(self, group: ImageGroup) -> None:
        """Remove an empty group. Raises `Refused` while it holds images."""
        names = [image.name for image in self.images(group)]
        if names:
            raise Refused(
                f"The group {group.name} holds images: {', '.join(names)}.", remedy="Move or remove them first."
            )
        self._store.groups.remove(group.id)

    def find_group(self, name: str) -> ImageGroup:
        """Find a group by name or unique prefix. Raises `NotFound`, `Ambiguous`."""
        return find_by_name(self.groups(), name, "group", lambda group: group.name)

    # images
    def images(self, group: ImageGroup | None = None) -> list[Image]:
        """All images, or a group's, by name."""
        return self._store.images.of_group(group.id) if group else self._store.images.all()

    def find(self, name: str) -> Image:
        """Find an image by name or unique prefix. Raises `NotFound`, `Ambiguous`."""
        return find_by_name(self.images(), name, "image", lambda image: image.name)

    def add(self, name: str, platform: str, group: ImageGroup, source: ImageSource) -> Image:
        """Copy an image into the store and register it, as a task. A failure leaves nothing.

        :raises AlreadyExists: the name is taken
        :raises ConfigError: template or settings cannot be read
        """
        check_name(name, "image")
        source.check()
        if self._store.images.find(name):
            raise AlreadyExists(f"There is an image {name} already.", remedy="Choose another name, or remove it.")
        key = str(uuid.uuid4())
        image = Image(key, name, platform, group.id, self._root / key)
        templates = self._templates_of(platform)

        def work(handle: TaskHandle) -> str:
            handle.remember(Remain(RemainKind.IMAGE_FOLDER, "", str(image.folder)))
            self._build(image.folder, source, templates, handle)
            self._store.images.add(image)
            return f"The image {name} was added."

        self._tasks.run(f"Add the image {name}", "add-image", work)
        return image

    def rename(self, image: Image, name: str) -> Image:
        """Give an image another name. Raises `AlreadyExists`."""
        return self._store.images.save(attrs.evolve(image, name=check_name(name, "image")))

    def move(self, image: Image, group: ImageGroup) -> Image:
        """Transfer an image to another group."""
        return self._store.images.save(attrs.evolve(image, group=group.id))

    def remove(self, image: Image) -> list[str]:
        """Remove an image with its folder and the copies that servers keep.

        :return: a sentence for each server that keeps its copies
        :raises Refused: while VMs made from it exist
        """
        # The row goes first: a provisioning that is on its way then finds no image to record its VM with.
        with self._store.transaction():
            names = sorted(record.name for record in self._store.vms.of_image(image.id))
            if names:
                raise Refused(f"VMs made from {image.name} exist: {', '.join(names)}.", remedy="Remove them first.")
            self._store.images.remove(image.id)
        kept = self._forget_copies(image)
        self._remove_folder(image)
        return kept

    def description(self, image: Image) -> str:
        """Return the image's description, or an empty string."""
        path = image.folder / "description.txt"
        return path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else ""

    def files(self, image: Image) -> dict[Path, int]:
        """Return the image's files, by name, each with its size in bytes."""
        return {path: path.stat().st_size for path in checksums.files_in(image.folder)}

    def verify(self, image: Image) -> list[Finding]:
        """Check that an image is as it was added."""
        return verification.verify(image)

    def _templates_of(self, platform: str) -> Mapping[str, str]:
        try:
            return {template.name: template.text for template in self._templates(platform)}
        except NotSupported:  # a platform need not have any: whoever adds an image brings one
            return {}

    def _build(self, target: Path, source: ImageSource, templates: Mapping[str, str], handle: TaskHandle) -> None:
        def copy(old: Path, new: Path) -> None:
            message = f"copies {old.name}"
            self._local.upload(old, str(new), progress=lambda done, size: handle.progress(done / (size or 1), message))
            new.chmod(new.stat().st_mode | _READABLE)

        try:
            target.mkdir(mode=0o700, parents=True)
            folder.build(target, source, templates, copy)
        except OSError as error:
            raise OperationFailed(f"The image could not be written to {target}: {error.strerror}.") from error

    def _remove_folder(self, image: Image) -> None:
        try:
            shutil.rmtree(image.folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise OperationFailed(
                f"{image.name} is no longer in the store, but its folder {image.folder} could not be removed: "
                f"{error.strerror}.",
                remedy="Remove the folder by hand.",
            ) from error
