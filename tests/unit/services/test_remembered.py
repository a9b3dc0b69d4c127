"""Answers of servers that are kept for the next command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from convirt_core.model import Capability, ManagedNode, VMState
from convirt_core.platforms import VM
from convirt_core.services.remembered import Memory

if TYPE_CHECKING:
    from pathlib import Path

    from labs.clocks import Clock

NODE = ManagedNode("id1", "host1", "toy", row_version=3)
WEB = VM("k1", "web ü", VMState.RUNNING, frozenset({Capability.START}), id=4, reason="booted", memory_bytes=1 << 30)


@pytest.fixture
def memory(tmp_path: Path, clock: Clock) -> Memory:
    memory = Memory(tmp_path / "answers", clock=clock)
    memory.keep(NODE, [WEB])
    clock.now += 5
    return memory


def test_what_was_kept_is_found_with_its_age(memory: Memory) -> None:
    found = memory.find(NODE, 10)
    assert found is not None
    [vm] = found.vms
    assert found.age_seconds == 5
    assert [getattr(vm, name) for name in VM.__slots__ if name != "__weakref__"] == [
        getattr(WEB, name) for name in VM.__slots__ if name != "__weakref__"
    ]


def test_what_is_older_is_not_found(memory: Memory) -> None:
    assert memory.find(NODE, 4) is None


def test_a_server_that_was_edited_since_has_no_answer(memory: Memory) -> None:
    assert memory.find(evolve(NODE, row_version=4), 10) is None


def test_what_was_kept_of_a_server_that_is_gone_is_removed(memory: Memory, tmp_path: Path) -> None:
    for _ in range(2):
        memory.forget(NODE)
    assert list((tmp_path / "answers").iterdir()) == []


def test_an_answer_from_the_future_is_none(memory: Memory, clock: Clock) -> None:
    clock.now = 900
    assert memory.find(NODE, 10) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1, "row_version": 3, "answered_at": "x"}', "\0"])
def test_a_damaged_file_is_no_answer(memory: Memory, tmp_path: Path, content: str) -> None:
    (tmp_path / "answers" / "id1.json").write_text(content)
    assert memory.find(NODE, 10) is None


def test_a_vm_without_what_it_must_have_is_no_answer(memory: Memory, tmp_path: Path) -> None:
    file = tmp_path / "answers" / "id1.json"
    file.write_text(file.read_text().replace('"key"', '"other"'))
    assert memory.find(NODE, 10) is None


def test_a_folder_that_cannot_be_written_costs_no_answer(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("a file in its place")
    memory = Memory(tmp_path / "answers")
    memory.keep(NODE, [WEB])
    assert memory.find(NODE, 10) is None
