"""An image's files on a server: each content is sent once, and is shared by the VMs made from it.

A copy is named after its content (`<first 16 digits of its SHA-256>-<name>`), so an image that is replaced
never changes the disk under an older VM's overlay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import Conflict, InvalidInput, NotFound
from convirt_core.services.images import checksums

if TYPE_CHECKING:
    from pathlib import Path

    from convirt_core.model import Image
    from convirt_core.platforms import NodeProxy, Progress

_FOLDER_MODE = 0o711
"""QEMU's user reads the copies, and nobody lists them."""


class CopyNames:
    """Where the copies of one image are on a server, or will be. It is not asked.

    :param root: the folder on the server that holds a folder per image
    """

    def __init__(self, root: str, image: Image) -> None:
        self._image = image
        self._sums = checksums.read(image.folder)
        self.folder = f"{root.rstrip('/')}/{image.id}"

    def path_of(self, name: str) -> str:
        """Return where the copy of one of the image's files is, or will be."""
        source = image_file(self._image, name)
        digest = self._sums.get(name) or checksums.of_file(source)
        return f"{self.folder}/{digest[:16]}-{source.name}"


class ImageCopies(CopyNames):
    """The copies of one image on one server.

    :param root: as above
    """

    def __init__(self, proxy: NodeProxy, root: str, image: Image) -> None:
        super().__init__(root, image)
        self._proxy = proxy

    def provide(self, name: str, progress: Progress | None = None) -> str:
        """Send one of the image's files unless it is there; return its path on the server.

        :raises Conflict: the file is no longer what was added: its copy must not replace what VMs stand on
        """
        source, path = image_file(self._image, name), self.path_of(name)
        there = self._proxy.stat(path)
        if there is None or there.size_bytes != source.stat().st_size:
            self._check_unchanged(name, source)
            self._proxy.make_folder(self.folder, mode=_FOLDER_MODE)
            self._proxy.upload(source, path, progress=progress)
        return path

    def _check_unchanged(self, name: str, source: Path) -> None:
        if name in self._sums and checksums.of_file(source) != self._sums[name]:
            raise Conflict(
                f"{name} of the image {self._image.name} was changed since the image was added.",
                remedy="Add it as a new image.",
            )

    def remove(self) -> None:
        """Remove all copies. Overlays that stand on them would be lost: see that there are none."""
        if self._proxy.stat(self.folder) is None:
            return
        for entry in self._proxy.list_folder(self.folder):
            self._proxy.remove_file(f"{self.folder}/{entry.name}")
        self._proxy.remove_folder(self.folder)


def image_file(image: Image, name: str) -> Path:
    """Return the path of one of the image's files.

    :raises InvalidInput: the name leads out of the image's folder
    :raises NotFound: there is no such file
    """
    path = (image.folder / name).resolve()
    if not path.is_relative_to(image.folder.resolve()):
        raise InvalidInput(f"The image {image.name} names a file outside its folder: {name!r}.")
    if not path.is_file():
        raise NotFound(
            f"The image {image.name} has no file {name!r}.", remedy=f"See 'convirt image verify {image.name}'."
        )
    return path
