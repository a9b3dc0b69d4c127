"""What a disk image is, from its first bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from convirt_core.errors import InvalidInput
from convirt_core.services.provisioning.disk_format import disk_format

_HEADER = b"QFI\xfb" + (3).to_bytes(4, "big")


def test_a_file_that_begins_with_the_magic_is_qcow2(tmp_path: Path) -> None:
    image = tmp_path / "disk"
    image.write_bytes(_HEADER + bytes(100))
    assert disk_format(image) == "qcow2"


@pytest.mark.parametrize("content", [b"", b"QFI", b"\xeb\x63\x90" * 200])
def test_anything_else_is_raw(tmp_path: Path, content: bytes) -> None:
    image = tmp_path / "disk"
    image.write_bytes(content)
    assert disk_format(image) == "raw"


def test_an_image_that_would_read_another_file_of_the_server_is_refused(tmp_path: Path) -> None:
    image = tmp_path / "disk"
    image.write_bytes(_HEADER + (112).to_bytes(8, "big") + b"/etc/shadow")
    with pytest.raises(InvalidInput, match="stands on another disk image"):
        disk_format(image)
