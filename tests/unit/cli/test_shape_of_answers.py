"""How tests read what an answer of `convirt` is made of; held against `convirt`'s own writing."""

from __future__ import annotations

import io

from labs.shown import shape

from convirt_cli.parts import Facts, Part, Table
from convirt_cli.plain_tables import write

SERVER = Facts("Server", [("Name", "srv"), ("Host UUID", None), ("VMs that run", 2)])
DISKS = Table(("file system", "size"), [("/", "1.0 GiB"), ("/srv", "20.0 GiB")], frozenset({1}))


def written(*parts: Part) -> str:
    """What a person reads."""
    stream = io.StringIO()
    write(parts, stream)
    return stream.getvalue()


def test_a_section_is_its_title_and_labels() -> None:
    assert shape(written(SERVER)) == {"Server": ["Name", "Host UUID", "VMs that run"]}


def test_a_table_is_its_columns_however_many_rows_it_has() -> None:
    assert shape(written(DISKS)) == {"FILE SYSTEM": ["FILE SYSTEM", "SIZE"]}


def test_a_sentence_is_itself() -> None:
    assert shape(written("Removed the server srv.")) == {"Removed the server srv.": []}


def test_sections_and_tables_stand_in_any_order() -> None:
    memory = Facts("VM", [("Memory", "64 MiB")])
    found = shape(written(SERVER, DISKS, DISKS._replace(headings=("bridge", "state")), memory))
    assert list(found) == ["Server", "FILE SYSTEM", "BRIDGE", "VM"]
    assert found["VM"] == ["Memory"]
