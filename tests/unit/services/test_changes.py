"""Changing a VM: its definition, and what runs of it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from convirt_core.app import Application
from convirt_core.errors import Conflict, InvalidInput, NotDone, OperationFailed, WrongState
from convirt_core.model import (
    Capability,
    Change,
    ChecksFailed,
    Disk,
    Finding,
    ManagedNode,
    Severity,
    TaskState,
    VMRef,
    VMState,
    Where,
)
from convirt_core.services.listed import ListedVM

AddVM = Callable[..., str]


def test_a_change_is_stored(app: Application, vm: ListedVM, toy: Any) -> None:
    done = app.lifecycle.apply(vm, Change({"memory": 128, "description": "mine"}))
    assert done == ["The definition of web1 was changed: memory, description."]
    values = toy.machine(vm.ref.key).values
    assert (values["memory"], values["description"]) == (128, "mine")


def test_none_deletes_a_key(app: Application, host1: ManagedNode, add_vm: AddVM, toy: Any) -> None:
    key = add_vm("web1", description="old")
    app.lifecycle.apply(app.vms.find("web1"), Change({"description": None}))
    assert "description" not in toy.machine(key).values


def test_a_change_of_the_running_vm_leaves_the_definition(app: Application, running: ListedVM, toy: Any) -> None:
    done = app.lifecycle.apply(running, Change({"memory": 128}, Where.LIVE))
    assert done == ["web1 was given 128 MiB while it runs."]
    assert f"live memory {128 << 20}" in toy.asked
    assert toy.machine(running.ref.key).values["memory"] == 64


def test_a_change_of_both_sides_changes_both(app: Application, running: ListedVM, toy: Any) -> None:
    assert len(app.lifecycle.apply(running, Change({"memory": 128}, Where.BOTH))) == 2
    assert toy.machine(running.ref.key).values["memory"] == 128


def test_sizes_that_a_running_vm_is_not_made_for_change_its_definition_in_the_same_task(
    app: Application, running: ListedVM, toy: Any
) -> None:
    toy.errors["set_memory_live"] = [InvalidInput("web1 can grow to 96 MiB.")]
    assert app.lifecycle.apply(running, Change({"memory": 128}, Where.BOTH), or_stored=True) == [
        "The definition of web1 was changed: memory.",
        "It counts from the next start on: web1 can grow to 96 MiB.",
    ]
    assert toy.machine(running.ref.key).values["memory"] == 128
    assert [task.state for task in app.tasks.list() if task.title.startswith("Change")] == [TaskState.DONE]


def test_unless_it_was_said_to_change_both_sides(app: Application, running: ListedVM, toy: Any) -> None:
    toy.errors["set_memory_live"] = [InvalidInput("web1 can grow to 96 MiB.")]
    with pytest.raises(InvalidInput, match="96 MiB"):
        app.lifecycle.apply(running, Change({"memory": 128}, Where.BOTH))
    assert toy.machine(running.ref.key).values["memory"] == 64


def test_a_stopped_vm_has_no_running_side(app: Application, vm: ListedVM) -> None:
    with pytest.raises(WrongState, match="no running VM"):
        app.lifecycle.apply(vm, Change({"memory": 128}, Where.LIVE))


@pytest.mark.parametrize("value", [0, -5, "much", True, None])
def test_a_running_vm_is_given_whole_numbers_only(app: Application, running: ListedVM, value: object) -> None:
    with pytest.raises(InvalidInput, match="whole number"):
        app.lifecycle.apply(running, Change({"memory": value}, Where.LIVE))


def test_what_a_running_vm_cannot_be_given_is_refused(app: Application, running: ListedVM) -> None:
    with pytest.raises(InvalidInput, match="kernel of a running VM"):
        app.lifecycle.apply(running, Change({"kernel": "/boot/vmlinuz"}, Where.LIVE))


def test_an_empty_change_is_refused(app: Application, vm: ListedVM) -> None:
    with pytest.raises(InvalidInput, match="nothing to change"):
        app.lifecycle.apply(vm, Change())


def test_a_definition_that_someone_changed_meanwhile_is_not_written(app: Application, vm: ListedVM, toy: Any) -> None:
    config = app.vms.details(vm.ref).config
    assert config is not None
    toy.machine(vm.ref.key).values["memory"] = 99
    with pytest.raises(Conflict, match="changed by someone else"):
        app.lifecycle.apply(vm, Change({"memory": 128}, digest=config.digest))
    assert toy.machine(vm.ref.key).values["memory"] == 99


def test_a_definition_that_the_checks_refuse_is_not_written(app: Application, vm: ListedVM, toy: Any) -> None:
    with pytest.raises(ChecksFailed, match="13 MiB bring bad luck"):
        app.lifecycle.apply(vm, Change({"memory": 13}))
    assert toy.machine(vm.ref.key).values["memory"] == 64
    app.lifecycle.apply(vm, Change({"memory": 13}), force=True)
    assert toy.machine(vm.ref.key).values["memory"] == 13


def test_a_new_name_goes_to_the_record_too(app: Application, vm: ListedVM) -> None:
    app.vms.import_vm(vm.ref)
    app.lifecycle.apply(vm, Change({"name": "web9"}))
    record = app.vms.record(vm.ref)
    assert record is not None
    assert record.name == "web9"


@pytest.mark.parametrize("name", ["../web", "a/b", "."])
def test_a_name_that_no_vm_may_bear_is_refused(app: Application, vm: ListedVM, name: str) -> None:
    with pytest.raises(InvalidInput):
        app.lifecycle.apply(vm, Change({"name": name}))


def test_a_vm_to_which_somebody_gave_an_odd_name_can_be_changed(
    app: Application, host1: ManagedNode, add_vm: AddVM, toy: Any
) -> None:
    key = add_vm(" lead")
    app.lifecycle.apply(app.vms.find(key), Change({"memory": 128}))
    config = app.vms.details(VMRef(host1.id, key)).config
    assert config is not None
    app.lifecycle.edit_text(app.vms.find(key), config.text.replace("128", "96"), config.digest)
    assert toy.machine(key).values["memory"] == 96


def test_the_uuid_cannot_be_changed(app: Application, vm: ListedVM) -> None:
    with pytest.raises(InvalidInput, match="UUID"):
        app.lifecycle.apply(vm, Change({"uuid": "another"}))


def test_hooks_see_the_size_but_no_secret(app: Application, vm: ListedVM, world: Any) -> None:
    app.lifecycle.apply(vm, Change({"memory": 128, "vncpasswd": "s3cret"}))
    assert {request.capability for request in world.before} == {Capability.SET_MEMORY, Capability.DEFINE}
    assert world.before[0].arguments["memory_bytes"] == 128 << 20
    assert "s3cret" not in str(world.before)


def test_a_disk_is_attached(app: Application, vm: ListedVM, toy: Any) -> None:
    disk = Disk("vdb", "/disk.qcow2")
    assert app.lifecycle.apply(vm, Change(attach_disks=(disk,))) == ["The disk vdb was attached to web1."]
    assert toy.machine(vm.ref.key).disks == [disk]


def test_a_disk_that_is_not_there_is_not_attached(app: Application, vm: ListedVM, toy: Any) -> None:
    change = Change(attach_disks=(Disk("vdb", "/missing"),))
    with pytest.raises(ChecksFailed, match=r"devices for web1: There is no /missing\."):
        app.lifecycle.apply(vm, change)
    assert toy.machine(vm.ref.key).disks == []
    assert app.lifecycle.apply(vm, change, force=True) == ["The disk vdb was attached to web1."]


@pytest.mark.parametrize("where", Where)
def test_a_disk_without_a_whole_path_is_not_attached(
    app: Application, running: ListedVM, toy: Any, where: Where
) -> None:
    with pytest.raises(InvalidInput, match="not an absolute path"):
        app.lifecycle.apply(running, Change(where=where, attach_disks=(Disk("vdb", "no/such.img"),)))
    assert "attach_disk" not in toy.asked


def test_an_extension_may_refuse_the_definition_with_the_new_disk(app: Application, vm: ListedVM, world: Any) -> None:
    """And sees it whole, not the new disk alone."""
    seen: list[str] = []

    def mind(config: Any) -> list[Finding]:
        seen.append(config.text)
        return [Finding("one-disk", "Policy", Severity.ERROR, "One disk is enough.")]

    world.minds_definition = mind
    with pytest.raises(ChecksFailed, match=r"definition of web1: One disk is enough\."):
        app.lifecycle.apply(vm, Change(attach_disks=(Disk("vdb", "/disk.img"),)))
    assert '"memory": 64' in seen[-1]
    assert "/disk.img" in seen[-1]


def test_a_change_that_fails_half_way_says_what_was_done(app: Application, running: ListedVM, toy: Any) -> None:
    toy.errors["write_config"] = [Conflict("Somebody else was faster.")]
    with pytest.raises(
        Conflict, match=r"Somebody else was faster\. Before that: web1 was given 128 MiB while it runs\."
    ):
        app.lifecycle.apply(running, Change({"memory": 128}, Where.BOTH))
    assert "Before that" in app.tasks.list()[0].error


def test_so_it_is_for_the_second_of_several_devices(app: Application, vm: ListedVM, toy: Any) -> None:
    disks = (Disk("vdb", "/b.img"), Disk("vdc", "/c.img"))
    failures = iter([None, OperationFailed("No.")])
    original = toy.enter

    def enter(name: str) -> None:
        original(name)
        if name == "attach_disk" and (error := next(failures)):
            raise error

    toy.enter = enter
    with pytest.raises(OperationFailed, match=r"No\. Before that: The disk vdb was attached to web1\."):
        app.lifecycle.apply(vm, Change(attach_disks=disks))


def test_memory_that_the_guest_does_not_take_was_not_given(
    app: Application, running: ListedVM, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convirt_core.services.lifecycle.live_size.BALLOON_SECONDS", 0.1)
    toy.deaf = True
    with pytest.raises(NotDone, match="asked to have 128 MiB and has 64 MiB"):
        app.lifecycle.apply(running, Change({"memory": 128}, Where.LIVE))


def test_a_paused_vm_is_not_waited_for(app: Application, add_vm: AddVM, toy: Any) -> None:
    add_vm("still", state=VMState.PAUSED)
    with pytest.raises(WrongState, match=r"^still is paused") as refused:
        app.lifecycle.apply(app.vms.find("still"), Change({"memory": 128}, Where.BOTH))
    assert "--stored" in refused.value.remedy
    assert "set_memory_live" not in toy.asked
    assert [task for task in app.tasks.list() if task.title.startswith("Change")] == []


def test_memory_is_waited_for(app: Application, running: ListedVM, toy: Any) -> None:
    toy.deaf = True
    machine = toy.machine(running.ref.key)
    threading.Timer(0.1, lambda: setattr(machine, "memory_bytes", 128 << 20)).start()
    assert app.lifecycle.apply(running, Change({"memory": 128}, Where.LIVE)) == [
        "web1 was given 128 MiB while it runs."
    ]


def test_autostart_is_set(app: Application, vm: ListedVM) -> None:
    assert app.lifecycle.set_autostart(vm, True) == "web1 starts with host1."
    assert app.vms.find("web1").vm.autostart


@pytest.mark.parametrize("key", ["memory", "maxmem"])
def test_more_memory_than_the_server_has_is_refused_unless_forced(
    app: Application, host1: ManagedNode, add_vm: AddVM, key: str
) -> None:
    add_vm("big")
    vm = app.vms.find("big")
    with pytest.raises(ChecksFailed, match=r"host1 has 8192 MiB of memory, and 999999999 MiB are more\."):
        app.lifecycle.apply(vm, Change({key: 999_999_999}))
    app.lifecycle.apply(vm, Change({key: 999_999_999}), force=True)
