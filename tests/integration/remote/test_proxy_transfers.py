"""Large files on their way to a server and back."""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import closing
from pathlib import Path

import pytest
from labs.two_hosts import faults

from convirt_core.errors import Cancelled, Conflict, NotFound, OperationFailed, ServerUnavailable
from convirt_core.platforms import PART
from convirt_core.remote.ssh import extents, uploads

pytestmark = pytest.mark.root

MIB = 1 << 20


@pytest.fixture
def sparse(tmp_path) -> Path:
    """60 MiB of which one tenth is data, with a small hole in between and data at the end."""
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        for offset in (0, 2 * MIB, 2 * MIB + 8192 + 200_000, 30 * MIB, 59 * MIB):
            file.seek(offset)
            file.write(os.urandom(200_000 if offset < 59 * MIB else MIB))
    return path


@pytest.fixture
def dense(tmp_path) -> Path:
    path = tmp_path / "dense"
    path.write_bytes(os.urandom(24 * MIB))
    return path


@pytest.fixture
def large(tmp_path) -> Path:
    """More than what a connection holds on its way: 32 MiB."""
    path = tmp_path / "large"
    path.write_bytes(os.urandom(80 * MIB))
    return path


@pytest.fixture
def target(disk_folder) -> Path:
    """Where it comes to be on the server, which shares the folder with this machine."""
    return disk_folder / "it's a $(disk)\n.img"


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def on_disk(path: Path) -> int:
    return path.stat().st_blocks * 512


def test_a_sparse_file_arrives_sparse_and_comes_back_sparse(proxy, sparse, target, tmp_path):
    sparse.chmod(0o640)
    proxy.upload(sparse, str(target))
    assert checksum(target) == checksum(sparse)
    assert on_disk(target) < on_disk(sparse) + MIB
    assert target.stat().st_mode & 0o777 == 0o640
    proxy.download(str(target), tmp_path / "back")
    assert checksum(tmp_path / "back") == checksum(sparse)
    assert on_disk(tmp_path / "back") < on_disk(sparse) + MIB


@pytest.mark.parametrize("size", [0, 1, 5 * MIB])
def test_empty_short_and_hollow_files_arrive(proxy, tmp_path, target, size):
    source = tmp_path / "source"
    with source.open("wb") as file:
        file.truncate(size)
    proxy.upload(source, str(target))
    proxy.download(str(target), tmp_path / "back")
    assert checksum(tmp_path / "back") == checksum(target) == checksum(source)


def test_progress_rises_to_the_size(proxy, dense, target, tmp_path):
    told: list[tuple[int, int]] = []
    proxy.upload(dense, str(target), progress=lambda *numbers: told.append(numbers))
    proxy.download(str(target), tmp_path / "back", progress=lambda *numbers: told.append(numbers))
    assert {size for _, size in told} == {24 * MIB}
    assert told[-1] == (24 * MIB, 24 * MIB)


def came_in(host) -> int:
    """The bytes that a host's network card has received."""
    cards = dict(line.split(":") for line in host.run("cat", "/proc/net/dev").splitlines() if ":" in line)
    return sum(int(numbers.split()[0]) for name, numbers in cards.items() if name.strip() != "lo")


def cut_after(host, count: int):
    """A progress that cuts the connection once so much has gone."""
    cut = threading.Event()

    def progress(done: int, _size: int) -> None:
        if done >= count and not cut.is_set():
            cut.set()
            faults.kill_sshd_sessions(host)

    return progress


def test_an_upload_that_was_cut_sends_only_the_rest(far, two_hosts, large, target):
    with pytest.raises(ServerUnavailable, match="ended while") as error:
        far.upload(large, str(target), progress=cut_after(two_hosts.h1, 12 * MIB))
    assert "only the rest" in error.value.remedy
    assert not target.exists()
    there = target.with_name(target.name + PART).stat().st_size
    assert there > 4 * MIB
    told, before = [], came_in(two_hosts.h1)
    far.upload(large, str(target), progress=lambda done, _: told.append(done))
    assert min(told) > there
    assert came_in(two_hosts.h1) - before == pytest.approx(80 * MIB - there, rel=0.1)
    assert checksum(target) == checksum(large)
    assert names(target.parent) == [target.name]


def test_a_part_of_something_else_is_not_continued(far, dense, target):
    part = target.with_name(target.name + PART)
    part.write_bytes(os.urandom(5 * MIB))
    far.upload(dense, str(target))
    assert checksum(target) == checksum(dense)
    assert not part.exists()


def test_a_download_that_was_cut_fetches_only_the_rest(far, two_hosts, large, target, tmp_path):
    target.write_bytes(large.read_bytes())
    back = tmp_path / "back"
    with pytest.raises(ServerUnavailable):
        far.download(str(target), back, progress=cut_after(two_hosts.h1, 12 * MIB))
    assert not back.exists()
    there = back.with_name(back.name + PART).stat().st_size
    assert there >= 12 * MIB
    fetched = []
    far.download(str(target), back, progress=lambda done, _: fetched.append(done))
    assert min(fetched) > there
    assert checksum(back) == checksum(large)


def test_a_byte_that_changes_on_the_way_is_found_and_nothing_stays(far, dense, target):
    part = target.with_name(target.name + PART)

    def spoil(done: int, size: int) -> None:
        if done == size:
            with part.open("r+b") as file:
                file.seek(3 * MIB)
                file.write(b"another")

    with pytest.raises(Conflict, match="checksum differs"):
        far.upload(dense, str(target), progress=spoil)
    assert names(target.parent) == []


@pytest.mark.parametrize("which", ["sparse", "dense"])
def test_a_file_of_many_blocks_is_checked_block_by_block(far, which, target, monkeypatch, request):
    source = request.getfixturevalue(which)
    for module in (extents, uploads):
        monkeypatch.setattr(module, "BLOCK_BYTES", 3 * MIB + 7)
    far.upload(source, str(target))
    assert checksum(target) == checksum(source)


def test_a_file_that_becomes_shorter_meanwhile_is_not_sent(far, dense, target):
    with pytest.raises(Conflict, match="became shorter"):
        far.upload(dense, str(target), progress=lambda *_: os.truncate(dense, 2 * MIB))
    assert names(target.parent) == []


def test_a_cancelled_transfer_leaves_nothing(proxy, dense, target, tmp_path):
    def cancel(done: int, _size: int) -> None:
        raise Cancelled("no more")

    with pytest.raises(Cancelled):
        proxy.upload(dense, str(target), progress=cancel)
    assert names(target.parent) == []
    target.write_bytes(dense.read_bytes())
    with pytest.raises(Cancelled):
        proxy.download(str(target), tmp_path / "back", progress=cancel)
    assert not [each for each in names(tmp_path) if each.startswith("back")]


def test_what_is_not_there_is_named(proxy, tmp_path, target):
    with pytest.raises(NotFound, match="nothing"):
        proxy.upload(tmp_path / "nothing", str(target))
    with pytest.raises(NotFound, match="nothing"):
        proxy.download(str(target.with_name("nothing")), tmp_path / "back")
    assert names(tmp_path) == []


def test_a_full_disk_is_told_in_its_words_and_nothing_stays(far, two_hosts, dense):
    with faults.small_storage(two_hosts.h1, "/srv", 8):
        with pytest.raises(OperationFailed, match=r"/srv/disk: No space left on device") as error:
            far.upload(dense, "/srv/disk")
        assert "Free some space" in error.value.remedy
        assert far.list_folder("/srv") == []
        with pytest.raises(OperationFailed, match="No space left"):
            far.write_file("/srv/file", b"x" * 9 * MIB)
        assert far.list_folder("/srv") == []


def test_ten_commands_are_answered_at_once_while_a_file_is_sent(far, dense, target):
    answers: list[str] = []

    def ask(done: int, _size: int) -> None:
        if len(answers) < 10:
            answers.append(far.run(["echo", str(done)]).text)

    far.upload(dense, str(target), progress=ask)
    assert len(answers) == 10


def test_two_uploads_at_once_arrive(way_to, two_hosts, dense, sparse, disk_folder):
    with closing(way_to(two_hosts.h1)) as one, closing(way_to(two_hosts.h1)) as other:
        thread = threading.Thread(target=other.upload, args=(sparse, f"{disk_folder}/b"))
        thread.start()
        one.upload(dense, f"{disk_folder}/a")
        thread.join(60)
    assert checksum(disk_folder / "a") == checksum(dense)
    assert checksum(disk_folder / "b") == checksum(sparse)
