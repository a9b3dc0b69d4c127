"""Reading from and writing to real files: all or nothing."""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

import pytest

from convirt_core.config import ConfigDocument
from convirt_core.errors import ConfigError, NotFound, OperationFailed


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "web.cfg"
    path.write_text("memory = 512\n")
    return path


def test_an_edit_is_read_back(config: Path) -> None:
    document = ConfigDocument.read(config)
    document["memory"] = 1024
    document.write(config)
    assert config.read_text() == "memory = 1024\n"
    assert list(config.parent.iterdir()) == [config]


def test_an_existing_file_keeps_its_mode(config: Path) -> None:
    config.chmod(0o640)
    ConfigDocument.parse("memory = 1\n").write(config)
    assert config.stat().st_mode & 0o7777 == 0o640


def test_a_new_file_is_private_because_it_may_hold_a_password(tmp_path: Path) -> None:
    path = tmp_path / "new.cfg"
    ConfigDocument.parse("vncpasswd = 'x'\n").write(path)
    assert path.stat().st_mode & 0o7777 == 0o600


def test_a_link_stays_a_link(config: Path, tmp_path: Path) -> None:
    link = tmp_path / "auto.cfg"
    link.symlink_to(config)
    ConfigDocument.parse("memory = 1\n").write(link)
    assert link.is_symlink()
    assert config.read_text() == "memory = 1\n"


@pytest.mark.parametrize("call", ["fsync", "replace", "fchmod"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    config: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    document = ConfigDocument.parse("memory = 1\n")
    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OperationFailed, match=r"web\.cfg could not be written: No space left on device\."):
        document.write(config)
    assert config.read_text() == "memory = 512\n"
    assert list(config.parent.iterdir()) == [config]


def test_a_file_that_does_not_fit_leaves_the_old_one_and_nothing_else(config: Path) -> None:
    document = ConfigDocument.parse("# " + "x" * 100_000)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(OperationFailed, match="File too large"):
            document.write(config)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert config.read_text() == "memory = 512\n"
    assert list(config.parent.iterdir()) == [config]


def test_a_folder_that_is_missing_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OperationFailed, match="could not be written: No such file or directory"):
        ConfigDocument().write(tmp_path / "missing" / "web.cfg")


def test_a_file_that_is_missing_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no file"):
        ConfigDocument.read(tmp_path / "missing.cfg")


def test_what_is_no_regular_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ConfigError, match="not a regular file"):
            ConfigDocument.read(path)


def test_a_huge_file_is_refused_without_reading_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "huge.cfg"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ConfigError, match="larger than 256 KiB"):
        ConfigDocument.read(path)
