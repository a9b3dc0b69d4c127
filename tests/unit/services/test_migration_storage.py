"""Which of a VM's files the destination has already, as far as planning looks."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from convirt_core.model import Disk
from convirt_core.platforms import FileEntry
from convirt_core.remote.local import LocalProxy
from convirt_core.services.migration.storage import There, files_of_vm


class Server(LocalProxy):
    """A server with a folder of its own for all its files; it notes what it has read whole."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root
        self.checksums: list[str] = []

    def own(self, path: str) -> str:
        return str(self.root / Path(path).name)

    def put(self, path: str, content: bytes) -> None:
        Path(self.own(path)).write_bytes(content)

    def stat(self, path: str) -> FileEntry | None:
        return super().stat(self.own(path))

    def read_file(self, path: str, *arguments: Any, **how: Any) -> bytes:
        return super().read_file(self.own(path), *arguments, **how)

    def write_file(self, path: str, content: bytes, **how: Any) -> None:
        super().write_file(self.own(path), content, **how)

    def remove_file(self, path: str) -> None:
        super().remove_file(self.own(path))

    def run(self, argv: Any, **how: Any) -> Any:
        return super().run([*argv[:-1], self.own(argv[-1])], **how)

    def checksum(self, path: str, **how: Any) -> str:
        self.checksums.append(path)
        return super().checksum(self.own(path), **how)


DISK = Disk(target="vda", source="/vms/disk.img", format="raw")
CD = Disk(target="sda", source="/vms/cd.iso", format="raw", device="cdrom", read_only=True)


@pytest.fixture
def here(tmp_path: Path) -> Server:
    """The source, which has a disk and a CD of 4 bytes."""
    (tmp_path / "here").mkdir()
    server = Server(tmp_path / "here")
    for each in (DISK, CD):
        server.put(each.source, b"here")
    return server


@pytest.fixture
def there(tmp_path: Path) -> Server:
    (tmp_path / "there").mkdir()
    return Server(tmp_path / "there")


def looked_at(disk: Disk, here: Server, there: Server, *, live: bool = False, copied: bool = True) -> There:
    """What the destination has of a VM's only disk."""
    config: Any = SimpleNamespace(get=lambda _: None, variables=lambda: "", disks=lambda: [disk])
    [file] = files_of_vm(config, here, there, live=live, copied=copied)
    return file.there


@pytest.mark.parametrize(
    ("content", "found"), [(None, There.NOTHING), (b"four", There.ALIKE), (b"longer", There.OTHER)]
)
def test_a_disk_that_may_have_been_left_there_is_known_by_its_size(
    here: Server, there: Server, content: bytes | None, found: There
) -> None:
    if content is not None:
        there.put(DISK.source, content)
    assert looked_at(DISK, here, there) is found


def test_a_disk_is_not_read_while_a_migration_is_planned(here: Server, there: Server) -> None:
    there.put(DISK.source, b"here")
    looked_at(DISK, here, there)
    assert here.checksums == there.checksums == []


@pytest.mark.parametrize(("live", "copied"), [(True, True), (True, False), (False, False)])
def test_a_disk_that_nobody_copies_whole_is_something_else_there(
    here: Server, there: Server, live: bool, copied: bool
) -> None:
    there.put(DISK.source, b"here")
    assert looked_at(DISK, here, there, live=live, copied=copied) is There.OTHER


@pytest.mark.parametrize(("content", "found"), [(b"here", There.SAME), (b"four", There.OTHER)])
def test_a_cd_is_known_by_its_content(here: Server, there: Server, content: bytes, found: There) -> None:
    there.put(CD.source, content)
    assert looked_at(CD, here, there) is found
