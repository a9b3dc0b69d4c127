"""Files of this machine and of a server over ssh."""

from __future__ import annotations

import hashlib
import os

import pytest

from convirt_core.errors import InvalidInput, NotFound, OperationFailed

pytestmark = pytest.mark.root

ODD = '-it\'s a "$(id)"\t`x`\n;ü ☃*?[a]\\'


@pytest.fixture
def odd(disk_folder):
    """A path that no shell must see."""
    return disk_folder / ODD


def test_a_file_is_written_whole_with_its_mode_and_read_back(proxy, odd):
    proxy.write_file(str(odd), b"one", mode=0o640)
    proxy.write_file(str(odd), b"two\0", mode=0o600)
    assert proxy.read_file(str(odd)) == b"two\0"
    assert odd.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in proxy.list_folder(str(odd.parent))] == [ODD]


def test_a_file_over_the_limit_is_not_read(proxy, odd):
    odd.write_bytes(b"12345")
    with pytest.raises(OperationFailed, match="larger than 4 bytes"):
        proxy.read_file(str(odd), limit_bytes=4)


def test_a_file_of_proc_is_read_though_it_claims_to_be_empty(proxy):
    assert b"MemAvailable" in proxy.read_file("/proc/meminfo")


def test_a_pipe_is_no_file(proxy, odd):
    os.mkfifo(odd)
    with pytest.raises(OperationFailed, match="is not a file"):
        proxy.read_file(str(odd))


def test_entries_say_kind_size_and_time(proxy, disk_folder):
    (disk_folder / "file").write_bytes(b"12345")
    (disk_folder / "folder").mkdir()
    (disk_folder / "link").symlink_to("nowhere")
    os.mkfifo(disk_folder / "pipe")
    os.utime(disk_folder / "file", (1_000_000_000.5, 1_000_000_000.5))
    entries = {each.name: each for each in proxy.list_folder(str(disk_folder))}
    assert {name: each.kind for name, each in entries.items()} == {
        "file": "file",
        "folder": "folder",
        "link": "link",
        "pipe": "other",
    }
    assert (entries["file"].size_bytes, entries["file"].modified_at) == (5, 1_000_000_000.5)
    found = proxy.stat(str(disk_folder / "file"))
    assert (found.name, found.kind, found.size_bytes, found.modified_at) == ("file", "file", 5, 1_000_000_000.5)


def test_a_name_that_is_no_text_is_listed_and_removed(proxy, disk_folder):
    path = disk_folder / os.fsdecode(b"\xff\xfe")
    path.touch()
    (entry,) = proxy.list_folder(str(disk_folder))
    proxy.remove_file(f"{disk_folder}/{entry.name}")
    assert not path.exists()


def test_stat_follows_a_link_and_knows_what_is_not_there(proxy, disk_folder):
    (disk_folder / "link").symlink_to(disk_folder)
    assert proxy.stat(str(disk_folder / "link")).kind == "folder"
    assert proxy.stat(str(disk_folder / "nothing")) is None
    assert proxy.stat("/etc/hostname/below") is None


def test_what_is_not_there_is_named(proxy):
    for call in (proxy.read_file, proxy.list_folder, proxy.checksum, proxy.free_bytes):
        with pytest.raises(NotFound, match=r"There is no /no/such\."):
            call("/no/such")


def test_folders_are_made_with_their_parents_and_left_as_they_are(proxy, odd):
    folder = odd / "below"
    proxy.make_folder(str(folder), mode=0o711)
    proxy.make_folder(str(folder), mode=0o700)
    assert folder.stat().st_mode & 0o777 == 0o711


def test_removing_what_is_gone_is_no_error_and_a_full_folder_stays(proxy, odd):
    proxy.make_folder(str(odd))
    (odd / "file").touch()
    with pytest.raises(OperationFailed, match="not empty"):
        proxy.remove_folder(str(odd))
    for _ in range(2):
        proxy.remove_file(str(odd / "file"))
    for _ in range(2):
        proxy.remove_folder(str(odd))
    assert not odd.exists()


def test_a_rename_replaces_what_has_the_name(proxy, odd):
    odd.write_bytes(b"new")
    other = odd.with_name("other")
    other.write_bytes(b"old")
    proxy.rename(str(odd), str(other))
    assert (other.read_bytes(), odd.exists()) == (b"new", False)


def test_a_checksum_is_taken_where_the_file_is(proxy, odd):
    odd.write_bytes(b"content")
    assert proxy.checksum(str(odd)) == hashlib.sha256(b"content").hexdigest()


def test_free_space_is_what_the_file_system_says(proxy, disk_folder):
    status = os.statvfs(disk_folder)
    assert proxy.free_bytes(str(disk_folder)) == pytest.approx(status.f_bavail * status.f_frsize, rel=0.05)


def test_what_cannot_be_written_is_told_in_the_systems_words(proxy):
    with pytest.raises((OperationFailed, NotFound), match="/proc/nothing"):
        proxy.write_file("/proc/nothing", b"x")


@pytest.mark.parametrize("path", ["a\0b"])
def test_what_cannot_be_a_path_is_refused(proxy, path):
    with pytest.raises(InvalidInput):
        proxy.write_file(path, b"")
