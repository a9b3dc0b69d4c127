"""What an image is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from pathlib import Path


@frozen
class ImageSource:
    """Either a whole image directory, or the parts of one.

    :param folder: a directory with `vm_conf.template` and `image.conf`; excludes the parts
    :param kernel: for a direct boot
    :param ramdisk: goes with `kernel`
    :param disk: a disk image, raw or qcow2; VMs get an overlay or a copy of it
    :param template: a `vm_conf.template` to use; None: the platform's own
    :param extra: the kernel's command line
    :param memory_mib: 0: as the template says
    :param vcpus: 0: as the template says
    """

    folder: Path | None = None
    kernel: Path | None = None
    ramdisk: Path | None = None
    disk: Path | None = None
    template: Path | None = None
    extra: str = ""
    memory_mib: int = 0
    vcpus: int = 0
    description: str = ""

    def check(self) -> None:
        """Raise `InvalidInput` for parts that do not fit together, `NotFound` for a missing file."""
        parts = [self.kernel, self.ramdisk, self.disk, self.template]
        if self.folder is not None and any(parts):
            raise InvalidInput("An image is made from a folder or from parts, not from both.")
        if self.folder is None and not (self.kernel or self.disk):
            raise InvalidInput("An image needs a folder, a kernel or a disk.", remedy="Give one of the three.")
        if self.ramdisk and not self.kernel:
            raise InvalidInput("A ramdisk is of no use without a kernel.", remedy="Give the kernel too.")
        if self.folder is not None and not self.folder.is_dir():
            raise NotFound(f"{self.folder} is not a folder.")
        for path in parts:
            if path is not None and not path.is_file():
                raise NotFound(f"{path} is not a file.")
