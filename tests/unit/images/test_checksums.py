"""The sums of an image's files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from convirt_core.errors import ConfigError
from convirt_core.services.images import checksums


@pytest.fixture
def image_folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a file").write_bytes(b"a")
    (tmp_path / "image.conf").write_bytes(b"")
    return tmp_path


def test_what_is_written_is_read_back(image_folder: Path) -> None:
    sums = checksums.of_folder(image_folder)
    checksums.write(image_folder, sums)
    assert checksums.read(image_folder) == sums
    assert set(sums) == {"data/a file", "image.conf"}


def test_the_sums_do_not_count_themselves(image_folder: Path) -> None:
    before = checksums.of_folder(image_folder)
    checksums.write(image_folder, before)
    assert checksums.of_folder(image_folder) == before


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_sha256sum_reads_the_file(image_folder: Path) -> None:
    checksums.write(image_folder, checksums.of_folder(image_folder))
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=image_folder, check=True)


def test_a_line_that_is_none_of_its_format_is_named(image_folder: Path) -> None:
    (image_folder / "SHA256SUMS").write_text("0" * 64 + "  image.conf\nnonsense\n")
    with pytest.raises(ConfigError, match="line 2"):
        checksums.read(image_folder)
