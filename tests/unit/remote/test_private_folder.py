"""What a killed process leaves of its private folders, the next one removes, and nothing else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from convirt_core.errors import OperationFailed
from convirt_core.model import ManagedNode
from convirt_core.remote import Ways
from convirt_core.remote.private_folder import PrivateFolder, remove_left

if TYPE_CHECKING:
    from pathlib import Path

KILLED = """
import os, signal, socket
from convirt_core.remote.private_folder import PrivateFolder
folder = PrivateFolder()
socket.socket(socket.AF_UNIX).bind(str(folder.socket))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where they are."""
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left(folder: Path) -> Path:
    """Make what a killed process leaves."""
    folder.mkdir(0o700)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
    return folder


def test_the_folder_of_a_killed_process_is_removed(temporary: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED], env={**os.environ, "TMPDIR": str(temporary)}, check=False)
    assert len(list(temporary.iterdir())) == 1
    remove_left()
    assert list(temporary.iterdir()) == []


def test_who_reaches_a_server_elsewhere_removes_them_first(temporary: Path) -> None:
    left(temporary / "convirt-way-12345678")
    with closing(Ways()) as ways:
        ways.open_proxy(ManagedNode("id1", "far", "toy", address="far.example")).close()
    assert list(temporary.iterdir()) == []


def test_the_folder_of_a_process_that_runs_stays(temporary: Path) -> None:
    with closing(PrivateFolder()) as folder:
        remove_left()
        assert [str(path) for path in temporary.iterdir()] == [folder.name]
    assert list(temporary.iterdir()) == []


def test_one_that_was_left_among_the_temporary_files_goes_though_new_ones_are_elsewhere(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(temporary / "convirt-way-12345678")
    (temporary / "own").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(temporary / "own"))
    remove_left()
    assert [path.name for path in temporary.iterdir()] == ["own"]


def test_a_link_is_not_followed(temporary: Path) -> None:
    target = left(temporary / "elsewhere")
    (temporary / "convirt-way-12345678").symlink_to(target)
    remove_left()
    assert (target / "socket").exists()


def test_a_folder_with_something_else_in_it_stays(temporary: Path) -> None:
    folder = left(temporary / "convirt-way-12345678")
    (folder / "letter").write_text("dear")
    remove_left()
    assert sorted(path.name for path in folder.iterdir()) == ["letter", "socket"]


def test_a_folder_of_the_persons_own_stays(temporary: Path) -> None:
    folder = temporary / "convirt-way-notes"
    folder.mkdir()
    (folder / "socket").write_text("how to mend the wall")
    remove_left()
    assert (folder / "socket").exists()


def test_that_no_file_can_be_made_anywhere_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", full)
    remove_left()
    with pytest.raises(OperationFailed, match="no socket in any folder for temporary files: No usable"):
        PrivateFolder()


def test_another_users_folder_stays(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = left(temporary / "convirt-way-12345678")
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    remove_left()
    assert (folder / "socket").exists()


def test_a_folder_that_is_taken_away_before_it_is_held_is_made_anew(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = tempfile.TemporaryDirectory
    made: list[str] = []

    def swept_at_first(prefix: str, dir: str) -> tempfile.TemporaryDirectory[str]:  # noqa: A002  as it is called
        folder = make(prefix=prefix, dir=dir)
        made.append(folder.name)
        if len(made) == 1:
            remove_left()
        return folder

    monkeypatch.setattr(tempfile, "TemporaryDirectory", swept_at_first)
    with closing(PrivateFolder()) as folder:
        assert [str(path) for path in temporary.iterdir()] == [folder.name]
        assert made[1:] == [folder.name]
