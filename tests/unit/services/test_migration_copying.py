"""Bringing a VM's files to another server can be cancelled at each step, and ends at its deadline."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import evolve

from convirt_core.errors import AlreadyExists, Busy, Cancelled, NotDone, ServerUnavailable
from convirt_core.model import ManagedNode, Remain, VMRef
from convirt_core.platforms import CommandResult
from convirt_core.remote.local import LocalProxy
from convirt_core.remote.ssh.files import RemoteFiles
from convirt_core.services.migration import copying
from convirt_core.services.migration.bound import Bound
from convirt_core.services.migration.copying import Copies
from convirt_core.services.migration.storage import MovingFile, Role, There


class Handle:
    """A task's handle: nothing is cancelled before `cancelled` says so, and somebody else may hold all files."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.cancelled = False
        self.is_held = False

    def progress(self, _: float | None, message: str) -> None:
        self.stages.append(message)

    def check_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled("Somebody asked.")

    def lock(self, *_: VMRef) -> None:
        if self.is_held:
            raise Busy("Another task holds it.")

    def remember(self, remain: Remain) -> None: ...

    forget = remember


@pytest.fixture
def handle() -> Handle:
    return Handle()


def copies(handle: Handle, folder: Path, seconds: float | None = None, proxy: Any = None) -> Copies:
    server: Any = SimpleNamespace(proxy=proxy or LocalProxy(), node=ManagedNode("id", "host2", "toy"))
    ticks = iter(range(1000))
    bound = Bound("web1", seconds, remedy="", monotonic=lambda: float(next(ticks)))
    return Copies(handle, server, server, folder, bound)  # type: ignore[arg-type]


@pytest.fixture
def kernel(tmp_path: Path) -> MovingFile:
    file = tmp_path / "kernel"
    file.write_bytes(b"k")
    return MovingFile(str(file), Role.KERNEL, There.SAME)


def test_waiting_for_another_task_ends_at_the_deadline(handle, kernel, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(copying, "_PAUSE_SECONDS", 0.0)
    handle.is_held = True
    with pytest.raises(NotDone, match="web1 was not there within 3 s"):
        copies(handle, tmp_path, seconds=3).is_needed(kernel)


def test_comparing_can_be_cancelled(handle, kernel, tmp_path) -> None:
    handle.cancelled = True
    with pytest.raises(Cancelled):
        copies(handle, tmp_path).is_needed(kernel)


def test_comparing_ends_at_the_deadline(handle, kernel, tmp_path) -> None:
    with pytest.raises(NotDone):
        copies(handle, tmp_path, seconds=0.5).is_needed(kernel)


def test_comparing_is_a_stage_of_its_own(handle, kernel, tmp_path) -> None:
    assert not copies(handle, tmp_path).is_needed(kernel)
    assert handle.stages == ["compares kernel"]


@pytest.fixture
def disk(kernel) -> MovingFile:
    """A disk where the destination has another file of the same size."""
    return evolve(kernel, role=Role.DISK, there=There.ALIKE)


def test_a_disk_that_was_left_there_is_used_if_it_is_the_same(handle, disk, tmp_path) -> None:
    assert not copies(handle, tmp_path).is_needed(disk)
    assert handle.stages == ["compares kernel"]


def test_a_disk_of_the_same_size_and_another_content_is_not_used(handle, disk, tmp_path) -> None:
    contents = iter("ab")

    class Different(LocalProxy):
        def checksum(self, *_: object, **__: object) -> str:
            return next(contents)

    with pytest.raises(AlreadyExists):
        copies(handle, tmp_path, proxy=Different()).is_needed(disk)


def test_a_disk_that_has_appeared_since_is_not_used_whatever_it_is(handle, kernel, tmp_path) -> None:
    with pytest.raises(AlreadyExists):
        copies(handle, tmp_path).is_needed(evolve(kernel, role=Role.DISK, there=There.NOTHING))


def test_a_copy_that_is_cut_off_promises_no_rest(handle, kernel, tmp_path) -> None:
    class Cut(LocalProxy):
        def upload(self, *_: object, **__: object) -> None:
            raise ServerUnavailable("The connection ended.", remedy="Try again: only the rest will be sent.")

    with pytest.raises(ServerUnavailable, match="The connection ended") as raised:
        copies(handle, tmp_path / "passing", proxy=Cut()).send(kernel)
    assert raised.value.remedy == "Try again once it answers: what has come of kernel is removed."


def test_a_checksum_over_ssh_asks_while_it_is_taken() -> None:
    asked: list[object] = []

    class Proxy:
        def run(self, argv: list[str], *, check: object = None, **_: object) -> CommandResult:
            asked.append(check)
            return CommandResult(tuple(argv), 0, b"abc  -\n", b"")

    check = print
    assert RemoteFiles(Proxy()).checksum("/disk", 1.0, check) == "abc"  # type: ignore[arg-type]
    assert asked == [check]
