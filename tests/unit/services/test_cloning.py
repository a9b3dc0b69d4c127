"""Cloning VMs, and guarding those whose disks clones stand on."""

from pathlib import Path
from typing import Any

import pytest
from labs.toy.application import names
from labs.toy.disk_images import make_image

from convirt_core.app import Application
from convirt_core.errors import AlreadyExists, NotSupported, OperationFailed, Refused, WrongState
from convirt_core.model import Capability, Disk
from convirt_core.services.listed import ListedVM

pytestmark = pytest.mark.usefixtures("toy_images")


@pytest.fixture
def with_disk(app: Application, vm: ListedVM, toy: Any, tmp_path: Path) -> ListedVM:
    path = make_image(tmp_path / "web1.qcow2")
    cdrom = Disk("hda", "/cd.iso", device="cdrom", read_only=True)
    toy.machine(vm.ref.key).disks = [Disk("vda", path, format="qcow2"), cdrom]
    return vm


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


def test_a_vm_with_linked_clones_is_not_started_or_removed_before_them(app: Application, with_disk: ListedVM) -> None:
    app.lifecycle.clone(with_disk, "web2", linked=True)
    with pytest.raises(Refused, match="disks of web2 are linked to those of web1"):
        app.lifecycle.run(Capability.START, with_disk)
    with pytest.raises(Refused, match="linked"):
        app.lifecycle.remove(with_disk)
    app.lifecycle.remove(app.vms.find("web2"))
    app.lifecycle.run(Capability.START, with_disk)


def test_a_vm_with_linked_clones_does_not_go_back_to_an_older_state(
    app: Application, with_disk: ListedVM, tmp_path: Path
) -> None:
    app.lifecycle.clone(with_disk, "web2", linked=True)
    (tmp_path / "saved").write_text(with_disk.ref.key)
    with pytest.raises(Refused, match="linked"):
        app.lifecycle.revert_to_snapshot(with_disk, "clean")
    with pytest.raises(Refused, match="linked"):
        app.lifecycle.restore(with_disk.server, str(tmp_path / "saved"))


def test_a_full_clone_of_a_linked_clone_is_linked_to_nothing(app: Application, with_disk: ListedVM) -> None:
    app.lifecycle.clone(with_disk, "web2", linked=True)
    app.lifecycle.clone(app.vms.find("web2"), "web3")
    app.lifecycle.remove(app.vms.find("web2"))
    app.lifecycle.run(Capability.START, with_disk)


def test_a_vm_is_guarded_for_the_clones_of_a_removed_clone(app: Application, with_disk: ListedVM) -> None:
    app.lifecycle.clone(with_disk, "web2", linked=True)
    app.lifecycle.clone(app.vms.find("web2"), "web3", linked=True)
    app.lifecycle.remove(app.vms.find("web2"), keep_disks=True)
    with pytest.raises(Refused, match="disks of web3 are linked to those of web1"):
        app.lifecycle.run(Capability.START, with_disk)


def test_a_clone_that_fails_leaves_nothing(app: Application, with_disk: ListedVM, toy: Any, tmp_path: Path) -> None:
    toy.errors["defined"] = [OperationFailed("The daemon changed its mind.")]
    with pytest.raises(OperationFailed):
        app.lifecycle.clone(with_disk, "web2")
    assert names(app) == ["web1"]
    assert [each.name for each in tmp_path.glob("*.qcow2")] == ["web1.qcow2"]
    assert app.store.vms.all() == []


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
