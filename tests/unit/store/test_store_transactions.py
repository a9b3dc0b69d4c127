"""All or nothing; threads, processes and stores do not disturb each other."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pytest

from convirt_core.errors import Conflict, NotFound, StoreError
from convirt_core.model import ServerPool
from convirt_core.store import Store


def add_and_fail(store: Store, pool: ServerPool) -> None:
    with store.transaction():
        store.pools.add(pool)
        raise RuntimeError


def test_a_block_that_fails_changes_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError):
        add_and_fail(store, ServerPool("p1", "lab"))
    assert store.pools.all() == []


def test_an_inner_block_that_fails_leaves_the_outer_one_as_it_was(store: Store) -> None:
    with store.transaction():
        store.pools.add(ServerPool("p1", "lab"))
        with pytest.raises(RuntimeError):
            add_and_fail(store, ServerPool("p2", "office"))
    assert [pool.name for pool in store.pools.all()] == ["lab"]


def test_two_stores_in_two_threads_never_see_each_others_rows(tmp_path: Path) -> None:
    mixed: list[str] = []

    def work(mine: str) -> None:
        with Store.open(tmp_path / f"{mine}.sqlite") as store:
            for number in range(60):
                with store.transaction():
                    store.pools.add(ServerPool(str(number), f"{mine}-{number}"))
                mixed.extend(pool.name for pool in store.pools.all() if not pool.name.startswith(mine))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mixed == []


def test_of_many_threads_that_save_one_version_exactly_one_wins(store: Store) -> None:
    pool = store.pools.add(ServerPool("p1", "lab"))
    outcomes: list[str] = []
    begin = threading.Barrier(8)

    def save(number: int) -> None:
        begin.wait()
        try:
            store.pools.save(attrs.evolve(pool, name=f"lab{number}"))
            outcomes.append("saved")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict"] * 7 + ["saved"]


def test_a_thread_waits_for_the_block_of_another(store: Store) -> None:
    inside, seen = threading.Event(), []

    def look() -> None:
        inside.wait()
        seen.extend(store.pools.all())

    reader = threading.Thread(target=look)
    reader.start()
    with store.transaction():
        store.pools.add(ServerPool("p1", "lab"))
        inside.set()
        time.sleep(0.02)
        store.pools.add(ServerPool("p2", "office"))
    reader.join()
    assert len(seen) == 2


def test_two_processes_making_one_inventory_both_get_it(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from convirt_core.model import ServerPool;"
        "from convirt_core.store import Store; store = Store.open(Path(sys.argv[1]));"
        "store.pools.add(ServerPool(sys.argv[2], sys.argv[2]))"
    )
    children = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "abc"]
    assert [child.wait(timeout=30) for child in children] == [0, 0, 0]
    with Store.open(path) as store:
        assert [pool.name for pool in store.pools.all()] == ["a", "b", "c"]


def test_a_write_waits_for_another_process_no_longer_than_it_is_told_to(store: Store, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked by another process") as caught:
            store.pools.add(ServerPool("p1", "lab"))
    assert caught.value.remedy
    store.pools.add(ServerPool("p1", "lab"))


def test_a_full_disk_is_named_and_what_was_stored_stays(store: Store) -> None:
    pages = store._database.execute("PRAGMA page_count")[0][0]
    store._database.execute(f"PRAGMA max_page_count = {pages}")
    store.pools.add(ServerPool("p1", "lab"))
    with pytest.raises(StoreError, match="disk is full"):
        store.pools.add(ServerPool("p2", "x" * 100_000))
    with pytest.raises(StoreError, match="disk is full"):  # and not what a rollback then says
        add_and_fail(store, ServerPool("p2", "x" * 100_000))
    assert [pool.name for pool in store.pools.all()] == ["lab"]


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.pools.all()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_is_refused_and_the_parents_store_goes_on(store: Store) -> None:
    child = os.fork()
    if child == 0:
        try:
            store.pools.add(ServerPool("p1", "of the child"))
        except StoreError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    store.pools.add(ServerPool("p1", "of the parent"))
    assert store.pools.get("p1").name == "of the parent"


def test_nothing_is_found_under_an_unknown_id(store: Store) -> None:
    with pytest.raises(NotFound, match="nosuch"):
        store.servers.get("nosuch")


def test_a_write_that_was_interrupted_while_it_waited_leaves_no_block_open(store: Store, path: Path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
            other.execute("BEGIN IMMEDIATE")
            threading.Timer(0.1, other.rollback).start()
            signal.setitimer(signal.ITIMER_REAL, 0.03)
            with pytest.raises(KeyboardInterrupt), store.transaction():
                store.pools.add(ServerPool("p1", "lab"))
    finally:
        signal.signal(signal.SIGALRM, before)
    store.pools.add(ServerPool("p2", "office"))
    with Store.open(path) as another:
        assert [pool.name for pool in another.pools.all()] == ["office"]


class InterruptedAfter:
    """A connection in which Ctrl-C strikes as soon as a statement has been executed."""

    def __init__(self, connection: sqlite3.Connection, statement: str) -> None:
        self._connection = connection
        self._statement = statement

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str) -> sqlite3.Cursor:
        cursor = self._connection.execute(sql)
        if sql == self._statement:
            raise KeyboardInterrupt
        return cursor


def add_two_in_nested_blocks(store: Store) -> None:
    with store.transaction():
        store.pools.add(ServerPool("p1", "lab"))
        with store.transaction():
            store.pools.add(ServerPool("p2", "office"))


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "SAVEPOINT block", "RELEASE block"])
def test_an_interruption_right_after_a_statement_undoes_the_whole_block(
    store: Store, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    peewee = store.pools._database._peewee
    interrupted = InterruptedAfter(peewee.connection(), statement)
    with monkeypatch.context() as patch:
        patch.setattr(peewee, "connection", lambda: interrupted)
        with pytest.raises(KeyboardInterrupt):
            add_two_in_nested_blocks(store)

    assert store.pools.all() == []
    store.pools.add(ServerPool("p3", "later"))
    with Store.open(store.pools._database.path) as other:
        assert [pool.name for pool in other.pools.all()] == ["later"]
