r"""What a disk image is, from its own first bytes.

Source: QEMU's docs/interop/qcow2.txt, "Header": bytes 0-3 are the magic `QFI\xfb`; bytes 8-15 the offset of
a backing file's name, 0 for none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

_QCOW2_MAGIC = b"QFI\xfb"


def disk_format(path: Path) -> str:
    """Return `qcow2` or `raw`.

    :raises InvalidInput: a qcow2 file that names a backing file: whoever made the image could have any file
        of the server read through it
    """
    with path.open("rb") as file:
        header = file.read(16)
    if header[:4] != _QCOW2_MAGIC:
        return "raw"
    if any(header[8:16]):
        raise InvalidInput(
            f"{path} stands on another disk image.", remedy="Make it whole: qemu-img convert -O qcow2 OLD NEW."
        )
    return "qcow2"
