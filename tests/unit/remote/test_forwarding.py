"""The local socket of a forwarding stands where it can, and nobody else reaches it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from convirt_core.errors import OperationFailed
from convirt_core.remote.forwarding import Forwarding
from convirt_core.remote.pump import Stream


def long_folder(below: Path) -> Path:
    folder = below / ("x" * 90)
    folder.mkdir()
    return folder


def nothing() -> Stream:
    raise OperationFailed("There is nothing.")


@pytest.fixture
def temporary(monkeypatch) -> Iterator[Path]:
    """The folder for temporary files, which has a short path."""
    with tempfile.TemporaryDirectory(prefix="t-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def test_it_is_in_the_persons_own_folder_and_nobody_else_can_look_into_it(temporary, monkeypatch):
    own = temporary / "own"
    own.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(own))
    with closing(Forwarding("web", nothing)) as forwarding:
        folder = Path(forwarding.path).parent
        assert folder.parent == own
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(own.iterdir()) == []


@pytest.mark.parametrize(
    "stale",
    [lambda folder: folder / "gone", lambda _: Path("here"), long_folder],
    ids=["gone", "relative", "long"],
)
def test_where_that_folder_cannot_be_used_it_is_among_the_temporary_files(
    temporary, monkeypatch, stale: Callable[[Path], Path]
):
    (temporary / "here").mkdir()
    monkeypatch.chdir(temporary)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(stale(temporary)))
    with closing(Forwarding("web", nothing)) as forwarding:
        assert Path(forwarding.path).parent.parent == temporary


def test_where_there_is_no_place_at_all_it_is_one_sentence(temporary, monkeypatch):
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    for unfit in (temporary / "gone", long_folder(temporary)):
        monkeypatch.setattr(tempfile, "tempdir", str(unfit))
        with pytest.raises(OperationFailed, match="There can be no socket in") as error:
            Forwarding("web", nothing)
        assert "XDG_RUNTIME_DIR" in error.value.remedy
