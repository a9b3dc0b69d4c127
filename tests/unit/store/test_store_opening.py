"""What is opened, what is refused, and that a refused file keeps every byte."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from convirt_core.errors import StoreError
from convirt_core.model import ServerPool, VMRecord, VMRef
from convirt_core.store import Store
from convirt_core.store.database import Database
from convirt_core.store.migrations import NEWEST
from convirt_core.store.migrations.history import MIGRATIONS
from convirt_core.store.schema import migrate, schema_number


@pytest.fixture
def closed(full_store: Store, path: Path) -> Path:
    """The file of an inventory with some pages, closed."""
    with full_store.transaction():
        for number in range(400):
            full_store.vms.add(VMRecord(VMRef("s1", f"key{number}"), f"vm{number}", notes="x" * 100))
    full_store.close()
    return path


def refusal(path: Path) -> StoreError:
    """Open a file that must be refused, and hold that it keeps its bytes."""
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        Store.open(path, busy_seconds=0.1)
    assert path.read_bytes() == before
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_new_inventory_is_the_persons_own(store: Store, path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    assert schema_number(store._database) == NEWEST == len(MIGRATIONS)


def test_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "inventory.sqlite"
    Store.open(path).close()
    assert path.is_file()


def test_nothing_but_the_file_remains_after_closing(closed: Path) -> None:
    assert [entry.name for entry in closed.parent.iterdir()] == [closed.name]


@pytest.mark.parametrize(
    "content", [b"", b"x", b"garbage" * 1000, b"SQLite format 3\0", b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_file_that_is_no_database_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert "damaged" in str(refusal(path))


@pytest.mark.parametrize("keep", [0.01, 0.3, 0.5, 0.9])
def test_a_truncated_file_is_refused(closed: Path, keep: float) -> None:
    os.truncate(closed, int(closed.stat().st_size * keep))
    assert "damaged" in str(refusal(closed))


@pytest.mark.parametrize("place", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_garbage_in_the_middle_is_refused(closed: Path, place: float) -> None:
    content = bytearray(closed.read_bytes())
    page = int(len(content) * place) // 4096 * 4096
    content[page : page + 4096] = b"\xa5" * 4096
    closed.write_bytes(content)
    assert "damaged" in str(refusal(closed))


def test_a_row_that_was_not_written_by_us_is_reported_as_damage(closed: Path) -> None:
    with closing(sqlite3.connect(closed)) as other, other:
        other.execute("UPDATE pools SET variables = '{'")
    with Store.open(closed) as store, pytest.raises(StoreError, match="pool cannot be read"):
        store.pools.all()


def test_a_newer_inventory_is_refused(closed: Path) -> None:
    with closing(sqlite3.connect(closed)) as other:
        other.execute("PRAGMA user_version = 99")
    assert "newer ConVirt" in str(refusal(closed))


def test_a_newer_inventory_with_writes_waiting_in_its_wal_file_is_refused(closed: Path) -> None:
    child = os.fork()
    if child == 0:
        other = sqlite3.connect(closed, isolation_level=None)
        other.execute("PRAGMA user_version = 99")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert closed.with_name(closed.name + "-wal").stat().st_size
    assert "newer ConVirt" in str(refusal(closed))


def test_a_database_of_another_program_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE notes (text)")
    assert "another program" in str(refusal(path))


def test_a_locked_inventory_is_refused(closed: Path) -> None:
    with closing(sqlite3.connect(closed, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert "locked by another process" in str(refusal(closed))


def test_an_inventory_that_another_process_writes_to_can_be_opened_and_read(closed: Path) -> None:
    with closing(sqlite3.connect(closed, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with Store.open(closed, busy_seconds=0.1) as store:
            assert [pool.name for pool in store.pools.all()] == ["lab"]


def test_a_read_only_file_is_refused_even_to_root(closed: Path) -> None:
    closed.chmod(0o444)
    assert "read-only" in str(refusal(closed))


def test_a_read_only_folder_is_refused_even_to_root(closed: Path) -> None:
    closed.parent.chmod(0o555)
    try:
        assert "read-only" in str(refusal(closed))
    finally:
        closed.parent.chmod(0o755)


def test_a_folder_in_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StoreError, match="not a file"):
        Store.open(path)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(tmp_path / "data" / "inventory.sqlite")


def test_no_inventory_is_begun_beside_the_wal_file_of_one_that_was_moved(path: Path) -> None:
    wal = path.with_name(path.name + "-wal")
    wal.write_bytes(b"writes of an earlier inventory")
    with pytest.raises(StoreError, match="earlier one"):
        Store.open(path)
    assert not path.exists()
    assert wal.read_bytes() == b"writes of an earlier inventory"


def test_a_creation_that_fails_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convirt_core.store.upgrade.MIGRATIONS", (("CREATE TABLE half (a)", "this is no SQL"),))
    with pytest.raises(StoreError):
        Store.open(path)
    assert list(path.parent.iterdir()) == []


def test_an_old_inventory_is_brought_to_the_newest_schema_with_its_rows(path: Path) -> None:
    old = Database(path, busy_seconds=1)
    old.connect()
    migrate(old, MIGRATIONS[:1])
    old.execute("INSERT INTO pools VALUES ('p1', 'lab', '{}', 3)")
    old.close()
    with Store.open(path) as store:
        assert store.pools.all() == [ServerPool("p1", "lab", {}, 3)]
        assert store.tasks.all() == []


def test_a_migration_that_fails_leaves_the_old_schema(path: Path) -> None:
    database = Database(path, busy_seconds=1)
    database.connect()
    migrate(database, MIGRATIONS[:1])
    with pytest.raises(StoreError):
        migrate(database, (MIGRATIONS[0], ("CREATE TABLE half (a)", "this is no SQL")))
    assert schema_number(database) == 1
    assert database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'") == [(0,)]
    database.close()


WRITER = """
import sys
from pathlib import Path
from convirt_core.model import ServerPool
from convirt_core.store import Store

store = Store.open(Path(sys.argv[1]))
number = len(store.pools.all())
while True:
    with store.transaction():
        store.pools.add(ServerPool(f"a{number}", f"a{number}", {"x": "y" * 3000}))
        store.pools.add(ServerPool(f"b{number}", f"b{number}", {"x": "y" * 3000}))
    number += 1
    print(number, flush=True)
"""


def test_a_process_killed_while_it_writes_leaves_an_inventory_that_opens_with_whole_transactions(path: Path) -> None:
    for round_number in range(4):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            written = int(writer.stdout.readline())
            time.sleep(0.01 * round_number)
            writer.kill()
        with Store.open(path) as store:
            names = [pool.name for pool in store.pools.all()]
        assert len(names) >= 2 * written or round_number
        assert [name[1:] for name in names if name[0] == "a"] == [name[1:] for name in names if name[0] == "b"]


def test_a_process_killed_while_it_makes_the_inventory_leaves_the_next_one_free_to(path: Path) -> None:
    draft = path.with_name(path.name + ".new")
    draft.write_bytes(b"half an inventory")
    Store.open(path).close()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
