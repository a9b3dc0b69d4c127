"""What a disk stands on, as the real qemu-img says it; and the toy of the unit tests, which must say the same."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from labs.toy import disk_images

from convirt_core.errors import OperationFailed
from convirt_core.remote.local import LocalProxy
from convirt_core.services.disk_chains import disk_chain, known_chain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(not shutil.which("qemu-img"), reason="needs qemu-img")


@pytest.fixture(params=["real", "toy"])
def make_image(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`make_image(path, below)`: an image of the qemu-img under test."""
    if request.param == "real":
        return make_real_image
    monkeypatch.setattr(LocalProxy, "run", disk_images.qemu_img)
    return disk_images.make_image


def make_real_image(path: Path, below: str = "") -> str:
    backing = ["-b", below, "-F", "qcow2"] if below else []
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *backing, path, "1M"], check=True)
    return str(path)


@pytest.fixture
def chain(make_image: Callable[..., str], tmp_path: Path) -> list[str]:
    """An image, the one that it stands on, and that one's."""
    base = make_image(tmp_path / "base.qcow2")
    middle = make_image(tmp_path / "middle.qcow2", base)
    return [make_image(tmp_path / "upper.qcow2", middle), middle, base]


@pytest.fixture
def proxy() -> LocalProxy:
    return LocalProxy()


@pytest.mark.parametrize("read", [disk_chain, known_chain])
def test_a_disk_stands_on_all_that_are_below_it(
    read: Callable[..., list[str]], chain: list[str], proxy: LocalProxy
) -> None:
    assert read(chain[0], proxy) == chain


def test_what_is_known_of_a_chain_breaks_off_at_a_layer_that_is_missing(
    chain: list[str], proxy: LocalProxy, tmp_path: Path
) -> None:
    (tmp_path / "base.qcow2").unlink()
    assert known_chain(chain[0], proxy) == chain


def test_a_chain_that_is_not_whole_is_not_read_as_one(chain: list[str], proxy: LocalProxy, tmp_path: Path) -> None:
    (tmp_path / "base.qcow2").unlink()
    with pytest.raises(OperationFailed, match=r"upper\.qcow2 stands on"):
        disk_chain(chain[0], proxy)


def test_a_layer_that_cannot_be_read_is_a_failure(chain: list[str], proxy: LocalProxy, tmp_path: Path) -> None:
    with (tmp_path / "middle.qcow2").open("r+b") as file:
        file.seek(4)
        file.write(b"\xff\xff\xff\xff")  # of no version that there is
    for read in (disk_chain, known_chain):
        with pytest.raises(OperationFailed):
            read(chain[0], proxy)


def test_a_copy_of_a_disk_stands_on_nothing(chain: list[str], proxy: LocalProxy, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.qcow2")
    assert proxy.run(["qemu-img", "convert", "-f", "qcow2", "-O", "qcow2", chain[0], copy]).exit_code == 0
    assert disk_chain(copy, proxy) == [copy]


def test_an_overlay_stands_on_what_it_was_made_on(chain: list[str], proxy: LocalProxy, tmp_path: Path) -> None:
    overlay = str(tmp_path / "overlay.qcow2")
    words = ["create", "-q", "-f", "qcow2", "-b", chain[0], "-F", "qcow2", overlay]
    assert proxy.run(["qemu-img", *words]).exit_code == 0
    assert disk_chain(overlay, proxy) == [overlay, *chain]


def test_a_disk_that_is_not_there_is_not_copied(
    make_image: Callable[..., str], proxy: LocalProxy, tmp_path: Path
) -> None:
    gone, copy = (str(tmp_path / name) for name in ("gone.qcow2", "copy.qcow2"))
    ended = proxy.run(["qemu-img", "convert", "-f", "qcow2", "-O", "qcow2", gone, copy])
    assert ended.exit_code == 1
    assert ended.error_text
