"""Removing VMs with their disks and records."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from labs.toy.application import names

from convirt_core.app import Application
from convirt_core.errors import OperationFailed, Refused, ServerUnavailable, WrongState
from convirt_core.model import Disk
from convirt_core.services.listed import ListedVM

AddVM = Callable[..., str]


@pytest.fixture
def disk(app: Application, vm: ListedVM, toy: Any, tmp_path: Path) -> Path:
    """A disk that was made for web1."""
    disk = tmp_path / "ours.qcow2"
    disk.touch()
    toy.machine(vm.ref.key).disks = [Disk("vda", str(disk))]
    app.store.vms.save(evolve(app.vms.import_vm(vm.ref), disks=(str(disk),)))
    return disk


def test_a_removed_vm_takes_its_disks_and_record_along(
    app: Application, vm: ListedVM, toy: Any, disk: Path, tmp_path: Path
) -> None:
    others = tmp_path / "others.qcow2"
    others.touch()
    toy.machine(vm.ref.key).disks.append(Disk("vdb", str(others)))
    assert app.lifecycle.remove(vm) == "web1 was removed with 1 disk."
    assert (disk.exists(), others.exists()) == (False, True)
    assert app.vms.record(vm.ref) is None
    assert names(app) == []


def test_disks_are_kept_if_asked(app: Application, vm: ListedVM, disk: Path) -> None:
    app.lifecycle.remove(vm, keep_disks=True)
    assert disk.exists()
    assert app.vms.record(vm.ref) is None


def test_a_disk_that_was_detached_stays(app: Application, vm: ListedVM, toy: Any, disk: Path) -> None:
    toy.machine(vm.ref.key).disks = []
    assert app.lifecycle.remove(vm) == f"web1 was removed. {disk} stays: it was detached."
    assert disk.exists()


def test_a_running_vm_is_not_removed(app: Application, running: ListedVM) -> None:
    with pytest.raises(WrongState, match="web1 is running"):
        app.lifecycle.remove(running)


def test_a_removal_that_was_cut_off_goes_on_with_the_next_command(
    app: Application, vm: ListedVM, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = app.servers.get(vm.ref.server).proxy
    with monkeypatch.context() as patch:
        patch.setattr(type(proxy), "remove_file", lambda *_: (_ for _ in ()).throw(OperationFailed("busy")))
        with pytest.raises(OperationFailed):
            app.lifecycle.remove(vm)
    assert disk.exists()
    app.tasks.recover()
    assert not disk.exists()
    assert app.store.vms.all() == []


def remove_and_lose_the_answer(
    app: Application, vm: ListedVM, toy: Any, error: BaseException, *, silent: bool = False
) -> None:
    """Remove a VM behind the back of the removal, which is told `error`."""
    original = toy.enter

    def enter(name: str) -> None:
        original(name)
        if name == "remove":
            del toy.machines[vm.ref.key]
            toy.errors["vm"] = [ServerUnavailable("host1 is silent.")] * silent
            raise error

    toy.enter = enter
    with pytest.raises(type(error)):
        app.lifecycle.remove(vm)


def test_a_removal_that_is_interrupted_when_the_definition_is_gone_leaves_nothing(
    app: Application, vm: ListedVM, toy: Any, disk: Path
) -> None:
    remove_and_lose_the_answer(app, vm, toy, KeyboardInterrupt())
    assert not disk.exists()
    assert app.store.vms.all() == []


def test_a_removal_whose_server_falls_silent_goes_on_when_it_speaks_again(
    app: Application, vm: ListedVM, toy: Any, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convirt_core.services.tasks.tasks.PATIENCE_SECONDS", 0.0)
    remove_and_lose_the_answer(app, vm, toy, OperationFailed("Lost."), silent=True)
    assert disk.exists()
    app.tasks.recover()
    assert not disk.exists()
    assert app.store.vms.all() == []


def test_a_removal_that_fails_touches_neither_disk_nor_record(
    app: Application, vm: ListedVM, toy: Any, disk: Path
) -> None:
    toy.errors["remove"] = [OperationFailed("The daemon said no.")]
    with pytest.raises(OperationFailed):
        app.lifecycle.remove(vm)
    app.tasks.recover()
    assert disk.exists()
    assert app.vms.record(vm.ref) is not None
    assert app.store.tasks.left_over() == []


def test_a_disk_that_another_vm_was_given_stays(
    app: Application, vm: ListedVM, add_vm: AddVM, toy: Any, disk: Path
) -> None:
    other = add_vm("web2")
    toy.machine(other).disks = [Disk("vdb", str(disk))]
    assert app.lifecycle.remove(vm) == f"web1 was removed. {disk} stays: web2 uses it."
    assert disk.exists()


def test_the_record_of_a_vm_that_is_gone_can_be_removed(app: Application, vm: ListedVM, toy: Any, disk: Path) -> None:
    assert app.lifecycle.find_gone("web1") is None
    del toy.machines[vm.ref.key]
    assert app.lifecycle.find_gone("web") is None
    record = app.lifecycle.find_gone("host1/web1")
    assert record is not None
    assert "its record was removed" in app.lifecycle.forget(record)
    assert disk.exists()
    assert app.store.vms.all() == []


def test_the_record_of_a_vm_that_came_back_is_not_removed(app: Application, vm: ListedVM) -> None:
    record = app.vms.import_vm(vm.ref)
    with pytest.raises(Refused, match="host1 has the VM web1"):
        app.lifecycle.forget(record)
