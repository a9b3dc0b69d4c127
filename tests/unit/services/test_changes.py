"""Changing, defining, cloning and removing VMs."""

import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from convirt_core.app import Application
from convirt_core.errors import (
    AlreadyExists,
    Conflict,
    InvalidInput,
    NotDone,
    NotSupported,
    OperationFailed,
    OutcomeUnknown,
    Refused,
    ServerUnavailable,
    WrongState,
)
from convirt_core.model import (
    Capability,
    Change,
    ChecksFailed,
    Disk,
    Finding,
    ManagedNode,
    Severity,
    VMRef,
    VMState,
    Where,
)
from convirt_core.services.lifecycle.asking import ask
from convirt_core.services.vms import ListedVM

AddVM = Callable[..., str]


@pytest.fixture
def vm(app: Application, host1: ManagedNode, add_vm: AddVM) -> ListedVM:
    add_vm("web1")
    return app.vms.find("web1")


@pytest.fixture
def running(app: Application, host1: ManagedNode, add_vm: AddVM) -> ListedVM:
    add_vm("web1", state=VMState.RUNNING)
    return app.vms.find("web1")


def names(app: Application) -> list[str]:
    [answer] = app.vms.list()
    return [each.name for each in answer.vms]


# the definition and the running VM
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


def test_a_snapshot_is_created_once(app: Application, vm: ListedVM) -> None:
    app.lifecycle.create_snapshot(vm, "clean", "before the upgrade")
    assert [each.description for each in app.lifecycle.snapshots(vm)] == ["before the upgrade"]
    with pytest.raises(AlreadyExists, match="snapshot clean already"):
        app.lifecycle.create_snapshot(vm, "clean")


def test_a_revert_that_fails_says_in_which_state_the_vm_is_left(app: Application, running: ListedVM, toy: Any) -> None:
    app.lifecycle.create_snapshot(running, "clean")
    toy.dies_at_once = True
    with pytest.raises(OperationFailed, match="web1 was running and is stopped now") as caught:
        app.lifecycle.revert_to_snapshot(running, "clean")
    assert "convirt vm start web1" in caught.value.remedy


def test_a_revert_that_fails_and_changes_nothing_says_so(app: Application, running: ListedVM, toy: Any) -> None:
    toy.errors["revert"] = [OperationFailed("It cannot be read.", remedy="Buy a disk.")]
    with pytest.raises(OperationFailed, match=r"cannot be read\. web1 is running as before") as caught:
        app.lifecycle.revert_to_snapshot(running, "clean")
    assert caught.value.remedy == "Buy a disk."


def test_a_revert_that_fails_on_a_server_that_falls_silent_says_that_nothing_is_known(
    app: Application, running: ListedVM, toy: Any
) -> None:
    toy.errors["revert"] = [OperationFailed("It cannot be read.")]
    failure = toy.enter

    def silent(name: str) -> None:
        if name == "vm" and "revert" in toy.asked:
            raise ServerUnavailable("host1 is on fire.")
        failure(name)

    toy.enter = silent
    with pytest.raises(OperationFailed, match="what it is now is not known: host1 is on fire"):
        app.lifecycle.revert_to_snapshot(running, "clean")


# defining
def test_a_vm_is_defined_from_values_and_managed(app: Application, host1: ManagedNode) -> None:
    ref = app.lifecycle.define(host1, values={"name": "web1", "memory": 64})
    assert app.vms.find("web1").ref == ref
    assert app.vms.find("web1").managed


def test_a_taken_name_is_refused(app: Application, host1: ManagedNode, vm: ListedVM) -> None:
    with pytest.raises(AlreadyExists, match="There is a VM web1 on host1 already"):
        app.lifecycle.define(host1, values={"name": "web1"})
    assert names(app) == ["web1"]


def test_a_definition_without_a_name_is_refused(app: Application, host1: ManagedNode) -> None:
    with pytest.raises(InvalidInput, match="no name"):
        app.lifecycle.define(host1, values={"memory": 64})


def test_a_definition_that_fails_after_it_was_made_leaves_nothing(
    app: Application, host1: ManagedNode, toy: Any
) -> None:
    toy.errors["defined"] = [OperationFailed("The daemon changed its mind.")]
    with pytest.raises(OperationFailed):
        app.lifecycle.define(host1, values={"name": "web1"})
    assert names(app) == []
    assert app.store.vms.all() == []


def test_a_definition_that_is_still_in_the_making_when_it_is_undone_leaves_nothing(
    app: Application, host1: ManagedNode, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its wait ended, and the hypervisor makes it afterwards."""
    monkeypatch.setattr("convirt_core.services.lifecycle.asking.SETTLE_SECONDS", 0.1)
    monkeypatch.setattr(ask, "__kwdefaults__", {"deadline_seconds": 0.1})
    toy.hang["define"] = threading.Event()
    threading.Timer(1.0, toy.hang["define"].set).start()
    with pytest.raises(OutcomeUnknown):
        app.lifecycle.define(host1, values={"name": "web1"})
    assert names(app) == []
    assert "remove" in toy.asked


def test_the_record_of_a_vm_removed_without_us_does_not_block_its_successor(
    app: Application, host1: ManagedNode, vm: ListedVM, toy: Any
) -> None:
    app.vms.set_notes(app.vms.import_vm(vm.ref).ref, "old")
    del toy.machines[vm.ref.key]
    ref = app.lifecycle.define(host1, values={"name": "web1", "uuid": vm.ref.key})
    record = app.vms.record(ref)
    assert record is not None
    assert record.notes == ""


def test_an_edited_text_replaces_the_definition(app: Application, vm: ListedVM, toy: Any) -> None:
    config = app.vms.details(vm.ref).config
    assert config is not None
    edited = config.text.replace('"memory": 64', '"memory": 96')
    assert app.lifecycle.edit_text(vm, edited, config.digest) == "The definition of web1 was replaced."
    assert toy.machine(vm.ref.key).values["memory"] == 96
    with pytest.raises(Conflict):
        app.lifecycle.edit_text(vm, edited, config.digest)


def test_an_edited_text_of_another_vm_is_refused(app: Application, vm: ListedVM) -> None:
    with pytest.raises(InvalidInput, match="of another VM"):
        app.lifecycle.edit_text(vm, '{"name": "web1", "uuid": "another"}', "")


# removing
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


# cloning: the disks are made by the real qemu-img
needs_qemu_img = pytest.mark.skipif(not shutil.which("qemu-img"), reason="qemu-img is not installed")


@pytest.fixture
def with_disk(app: Application, vm: ListedVM, toy: Any, tmp_path: Path) -> ListedVM:
    path = tmp_path / "web1.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(path), "1M"], check=True)
    cdrom = Disk("hda", "/cd.iso", device="cdrom", read_only=True)
    toy.machine(vm.ref.key).disks = [Disk("vda", str(path), format="qcow2"), cdrom]
    return vm


@needs_qemu_img
@pytest.mark.parametrize("linked", [False, True])
def test_a_clone_has_its_own_identity_and_disks(
    app: Application, with_disk: ListedVM, toy: Any, tmp_path: Path, linked: bool
) -> None:
    ref = app.lifecycle.clone(with_disk, "web2", linked=linked)
    assert ref != with_disk.ref
    assert [disk.source for disk in toy.machine(ref.key).disks] == [str(tmp_path / "web2-vda.qcow2"), "/cd.iso"]
    record = app.vms.record(ref)
    assert record is not None
    assert record.disks == (str(tmp_path / "web2-vda.qcow2"),)
    backing = str(tmp_path / "web1.qcow2").encode() in (tmp_path / "web2-vda.qcow2").read_bytes()
    assert backing is linked


@needs_qemu_img
def test_a_vm_with_linked_clones_is_not_started_or_removed_before_them(app: Application, with_disk: ListedVM) -> None:
    app.lifecycle.clone(with_disk, "web2", linked=True)
    with pytest.raises(Refused, match="disks of web2 are linked to those of web1"):
        app.lifecycle.run(Capability.START, with_disk)
    with pytest.raises(Refused, match="linked"):
        app.lifecycle.remove(with_disk)
    app.lifecycle.remove(app.vms.find("web2"))
    app.lifecycle.run(Capability.START, with_disk)


@needs_qemu_img
def test_a_vm_with_linked_clones_does_not_go_back_to_an_older_state(
    app: Application, with_disk: ListedVM, tmp_path: Path
) -> None:
    app.lifecycle.clone(with_disk, "web2", linked=True)
    (tmp_path / "saved").write_text(with_disk.ref.key)
    with pytest.raises(Refused, match="linked"):
        app.lifecycle.revert_to_snapshot(with_disk, "clean")
    with pytest.raises(Refused, match="linked"):
        app.lifecycle.restore(with_disk.server, str(tmp_path / "saved"))


@needs_qemu_img
def test_a_full_clone_of_a_linked_clone_is_linked_to_nothing(app: Application, with_disk: ListedVM) -> None:
    app.lifecycle.clone(with_disk, "web2", linked=True)
    app.lifecycle.clone(app.vms.find("web2"), "web3")
    app.lifecycle.remove(app.vms.find("web2"))
    app.lifecycle.run(Capability.START, with_disk)


@needs_qemu_img
def test_a_vm_is_guarded_for_the_clones_of_a_removed_clone(app: Application, with_disk: ListedVM) -> None:
    app.lifecycle.clone(with_disk, "web2", linked=True)
    app.lifecycle.clone(app.vms.find("web2"), "web3", linked=True)
    app.lifecycle.remove(app.vms.find("web2"), keep_disks=True)
    with pytest.raises(Refused, match="disks of web3 are linked to those of web1"):
        app.lifecycle.run(Capability.START, with_disk)


@needs_qemu_img
def test_a_clone_that_fails_leaves_nothing(app: Application, with_disk: ListedVM, toy: Any, tmp_path: Path) -> None:
    toy.errors["defined"] = [OperationFailed("The daemon changed its mind.")]
    with pytest.raises(OperationFailed):
        app.lifecycle.clone(with_disk, "web2")
    assert names(app) == ["web1"]
    assert [each.name for each in tmp_path.glob("*.qcow2")] == ["web1.qcow2"]
    assert app.store.vms.all() == []


@needs_qemu_img
def test_a_clone_does_not_write_over_a_file_nor_remove_it(
    app: Application, with_disk: ListedVM, tmp_path: Path
) -> None:
    (tmp_path / "web2-vda.qcow2").write_text("mine")
    with pytest.raises(AlreadyExists):
        app.lifecycle.clone(with_disk, "web2")
    assert (tmp_path / "web2-vda.qcow2").read_text() == "mine"


def test_a_running_vm_is_not_cloned(app: Application, running: ListedVM) -> None:
    with pytest.raises(WrongState, match="only a stopped VM"):
        app.lifecycle.clone(running, "web2")


def test_a_disk_that_is_no_file_is_not_cloned(app: Application, vm: ListedVM, toy: Any) -> None:
    toy.machine(vm.ref.key).disks = [Disk("vda", "/dev/vg/web1", format="raw")]
    with pytest.raises(NotSupported, match="is no file: /dev/vg/web1"):
        app.lifecycle.clone(vm, "web2")


def test_a_disk_that_is_not_qcow2_is_not_linked(app: Application, vm: ListedVM, toy: Any, tmp_path: Path) -> None:
    toy.machine(vm.ref.key).disks = [Disk("vda", str(tmp_path / "a.img"), format="raw")]
    with pytest.raises(NotSupported, match="only qcow2"):
        app.lifecycle.clone(vm, "web2", linked=True)


def test_a_disk_that_cannot_be_copied_is_one_sentence(app: Application, vm: ListedVM, toy: Any, tmp_path: Path) -> None:
    toy.machine(vm.ref.key).disks = [Disk("vda", str(tmp_path / "gone.qcow2"), format="qcow2")]
    with pytest.raises(OperationFailed, match=r"gone\.qcow2 could not be copied"):
        app.lifecycle.clone(vm, "web2")


# consoles
def test_a_vm_without_a_console_says_so(app: Application, running: ListedVM) -> None:
    with pytest.raises(NotSupported, match="serial-console"):
        app.lifecycle.open_console(running)


def test_a_ref_of_a_vm_that_is_gone_is_not_found(app: Application, vm: ListedVM, toy: Any) -> None:
    del toy.machines[vm.ref.key]
    with pytest.raises(Exception, match="no VM"):
        app.vms.details(VMRef(vm.ref.server, vm.ref.key))


@pytest.mark.parametrize("key", ["memory", "maxmem"])
def test_more_memory_than_the_server_has_is_refused_unless_forced(
    app: Application, host1: ManagedNode, add_vm: AddVM, key: str
) -> None:
    add_vm("big")
    vm = app.vms.find("big")
    with pytest.raises(ChecksFailed, match=r"host1 has 8192 MiB of memory, and 999999999 MiB are more\."):
        app.lifecycle.apply(vm, Change({key: 999_999_999}))
    app.lifecycle.apply(vm, Change({key: 999_999_999}), force=True)
