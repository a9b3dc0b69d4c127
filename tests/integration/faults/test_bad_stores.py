"""An inventory that cannot be used: one sentence, exit code 7, and not a byte of it changed."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from labs.command_line import Convirt
from labs.sentences import check_refusal

STORE = 7
COMMANDS = (("vm", "list"), ("pool", "add", "second"))


@pytest.fixture
def used(convirt: Convirt) -> Convirt:
    """One with a pool in its inventory."""
    convirt.done("pool", "add", "first")
    return convirt


def checksum(convirt: Convirt) -> str:
    """The SHA-256 of the inventory's file."""
    return hashlib.sha256(convirt.store.read_bytes()).hexdigest()


def damage_header(convirt: Convirt) -> None:
    with convirt.store.open("r+b") as file:
        file.write(b"no database at all")


def damage_page(convirt: Convirt) -> None:
    with convirt.store.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)


def cut_off(convirt: Convirt) -> None:
    os.truncate(convirt.store, 5000)


def empty(convirt: Convirt) -> None:
    os.truncate(convirt.store, 0)


def make_newer(convirt: Convirt) -> None:
    with closing(sqlite3.connect(convirt.store)) as database:
        database.execute("PRAGMA user_version = 9999")


def make_foreign(convirt: Convirt) -> None:
    convirt.store.unlink()
    with closing(sqlite3.connect(convirt.store)) as database:
        database.execute("CREATE TABLE cats (name TEXT)")


def make_read_only(convirt: Convirt) -> None:
    convirt.store.chmod(0o400)


def make_folder_read_only(convirt: Convirt) -> None:
    convirt.store.parent.chmod(0o500)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (damage_header, "is damaged"),
        (damage_page, "is damaged"),
        (cut_off, "is damaged"),
        (empty, "is damaged"),
        (make_newer, "was written by a newer ConVirt"),
        (make_foreign, "is a database of another program"),
        (make_read_only, "is read-only"),
        (make_folder_read_only, "is read-only"),
    ],
)
def test_it_is_refused_in_one_sentence_and_not_touched(
    used: Convirt, spoil: Callable[[Convirt], None], part: str, command: tuple[str, ...]
) -> None:
    spoil(used)
    before = checksum(used)

    ended = used(*command)

    check_refusal(ended, STORE, part)
    assert str(used.store) in ended.stderr
    assert checksum(used) == before


@pytest.fixture
def lock(used: Convirt) -> Iterator[None]:
    """Another process has the inventory to itself."""
    program = (
        "import sqlite3, sys; database = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "database.execute('BEGIN EXCLUSIVE'); print('locked', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(used.store)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield
        process.kill()


@pytest.mark.usefixtures("lock")
def test_a_locked_one_is_told_in_one_sentence_and_not_touched(used: Convirt) -> None:
    before = checksum(used)

    ended = used("pool", "add", "second")

    check_refusal(ended, STORE, "is locked by another process")
    assert checksum(used) == before


@pytest.mark.root
@pytest.mark.usefixtures("mounts")
def test_a_mounted_read_only_one_is_told_in_one_sentence(used: Convirt) -> None:
    folder = used.store.parent
    subprocess.run(["mount", "--bind", "-o", "ro", folder, folder], check=True)
    try:
        ended = used("pool", "add", "second")
    finally:
        subprocess.run(["umount", folder], check=True)

    check_refusal(ended, STORE, "is read-only")


@pytest.mark.parametrize("command", [("plugin", "list"), ("--help",)], ids=" ".join)
def test_what_needs_no_inventory_works_without_one(used: Convirt, command: tuple[str, ...]) -> None:
    damage_header(used)

    used.done(*command)
