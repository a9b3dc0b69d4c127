"""The lab's guest as an image of ConVirt's: a kernel, a ramdisk and no disk."""

from __future__ import annotations

from pathlib import Path

from convirt_core.services.images import ImageSource

TEMPLATE = """\
name = '$VM_NAME'
memory = 128
vcpus = 1
kernel = '$KERNEL'
ramdisk = '$RAMDISK'
extra = 'console={} quiet'
"""


def tiny_image(kernel: Path, ramdisk: Path, console: str, folder: Path) -> ImageSource:
    """What the image is made of.

    :param console: the guest's device, such as `ttyS0`
    :param folder: for the template
    """
    template = folder / "template"
    template.write_text(TEMPLATE.format(console))
    return ImageSource(kernel=kernel, ramdisk=ramdisk, template=template)
