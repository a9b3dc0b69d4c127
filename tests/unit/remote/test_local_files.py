"""Files and sockets of this machine."""

import errno
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convirt_core.errors import Cancelled, InvalidInput, NotFound, OperationFailed
from convirt_core.remote import LocalProxy
from convirt_core.remote.local_copies import data_ranges
from convirt_core.remote.local_files import speaking_of

proxy = LocalProxy("host1")
MIB = 1 << 20


def test_what_was_written_is_read(tmp_path: Path) -> None:
    proxy.write_file(str(tmp_path / "a"), b"content", mode=0o600)
    assert proxy.read_file(str(tmp_path / "a")) == b"content"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(OperationFailed, match="Is a directory"):
        proxy.write_file(str(tmp_path / "a"), b"content")
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    with pytest.raises(OperationFailed, match="larger than 4 bytes"):
        proxy.read_file(str(tmp_path / "a"), limit_bytes=4)


def test_a_pipe_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OperationFailed, match="is not a file"):
        proxy.read_file(str(tmp_path / "pipe"))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(NotFound, match="There is no /nosuch/file"):
        proxy.read_file("/nosuch/file")


def test_a_path_with_a_nul_is_refused() -> None:
    with pytest.raises(InvalidInput):
        proxy.write_file("/tmp/a\0b", b"")


def test_stat_says_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    entry = proxy.stat(str(tmp_path / "a"))
    assert entry is not None
    assert (entry.name, entry.kind, entry.size_bytes) == ("a", "file", 5)


@pytest.mark.parametrize("path", ["nosuch", "a/below-a-file"])
def test_stat_of_what_is_not_there_is_none(tmp_path: Path, path: str) -> None:
    (tmp_path / "a").touch()
    assert proxy.stat(str(tmp_path / path)) is None


def test_a_folder_is_listed_by_name(tmp_path: Path) -> None:
    (tmp_path / "b").touch()
    (tmp_path / "a").mkdir()
    (tmp_path / "c").symlink_to("nowhere")
    assert [(each.name, each.kind) for each in proxy.list_folder(str(tmp_path))] == [
        ("a", "folder"),
        ("b", "file"),
        ("c", "link"),
    ]


def test_folders_are_made_with_their_parents_and_may_exist(tmp_path: Path) -> None:
    for _ in range(2):
        proxy.make_folder(str(tmp_path / "a" / "b"))
    assert (tmp_path / "a" / "b").is_dir()


def test_removing_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    proxy.remove_file(str(tmp_path / "nosuch"))
    proxy.remove_folder(str(tmp_path / "nosuch"))


def test_a_folder_with_content_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(OperationFailed, match="not empty"):
        proxy.remove_folder(str(tmp_path))


def test_free_bytes_are_counted(tmp_path: Path) -> None:
    assert proxy.free_bytes(str(tmp_path)) > 0


@given(
    pieces=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 3)), max_size=4),
    size=st.integers(0, 44),
)
@settings(max_examples=15, deadline=None)
def test_an_upload_is_equal_and_its_holes_are_holes(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[int, int]], size: int
) -> None:
    folder = tmp_path_factory.mktemp("upload")
    source, copy = folder / "source", folder / "copy"
    with source.open("wb") as file:
        for start, length in pieces:
            file.seek(start * 65536)
            file.write(os.urandom(length * 65536))
        file.truncate(max(size * 65536, file.seek(0, os.SEEK_END)))
    proxy.upload(source, str(copy))
    assert copy.read_bytes() == source.read_bytes()
    assert copy.stat().st_blocks <= source.stat().st_blocks
    assert sorted(each.name for each in folder.iterdir()) == ["copy", "source"]


def test_data_ranges_are_those_of_the_file(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(8 * MIB)
        file.seek(4 * MIB)
        file.write(b"x" * MIB)
        file.flush()
        assert list(data_ranges(file.fileno(), 8 * MIB)) == [(4 * MIB, 5 * MIB)]


def test_an_upload_tells_its_progress_up_to_the_end(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"x" * MIB)
    told: list[tuple[int, int]] = []
    proxy.upload(tmp_path / "source", str(tmp_path / "copy"), progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (MIB, MIB)


def test_a_cancelled_upload_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"x" * MIB)

    def progress(done: int, total: int) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        proxy.upload(tmp_path / "source", str(tmp_path / "copy"), progress=progress)
    assert [each.name for each in tmp_path.iterdir()] == ["source"]


def test_a_killed_upload_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"x" * MIB)
    program = (
        "import os, pathlib, sys; from convirt_core.remote import LocalProxy;"
        "kill = lambda done, total: os.kill(os.getpid(), 9);"
        "LocalProxy().upload(pathlib.Path(sys.argv[1]), sys.argv[2], progress=kill)"
    )

    ended = subprocess.run([sys.executable, "-c", program, tmp_path / "source", tmp_path / "copy"], check=False)

    assert ended.returncode == -signal.SIGKILL
    assert [each.name for each in tmp_path.iterdir()] == ["source"]


def test_a_file_system_without_unnamed_files_is_written_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def without(path: Path, flags: int, *arguments: int) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        return opened(path, flags, *arguments)

    monkeypatch.setattr(os, "open", without)
    proxy.write_file(str(tmp_path / "a"), b"content")
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"content"


def test_a_full_disk_is_one_sentence_with_what_to_do() -> None:
    with pytest.raises(OperationFailed, match="/disk: No space left on device") as caught, speaking_of("/disk"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert "Free some space" in caught.value.remedy


def test_a_tcp_connection_is_opened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, proxy.connect(*server.getsockname()) as ours:
        theirs, _ = server.accept()
        with theirs:
            ours.sendall(b"x")
            assert theirs.recv(1) == b"x"


def test_a_refused_tcp_connection_names_both_ends() -> None:
    with pytest.raises(OperationFailed, match=r"host1 cannot connect to 127\.0\.0\.1:1: Connection refused"):
        proxy.connect("127.0.0.1", 1)


def test_a_unix_connection_is_opened(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        server.listen()
        with proxy.connect_unix(str(tmp_path / "socket")) as ours:
            theirs, _ = server.accept()
            with theirs:
                theirs.sendall(b"x")
                assert ours.recv(1) == b"x"


def test_a_missing_unix_socket_is_not_found() -> None:
    with pytest.raises(NotFound, match="/nosuch/socket"):
        proxy.connect_unix("/nosuch/socket")
