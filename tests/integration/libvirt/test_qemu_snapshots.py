"""Snapshots inside a guest's qcow2 disk."""

import subprocess

import pytest

from convirt_core.errors import NotSupported
from convirt_core.model import VMState

pytestmark = [pytest.mark.root, pytest.mark.guest]


@pytest.fixture
def guest(boot, disk_folder):
    """The key of a guest with one qcow2 disk."""
    path = disk_folder / "disk.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "64M"], check=True)
    return boot(
        "kept",
        devices=f"<disk type='file'><driver name='qemu' type='qcow2'/><source file='{path}'/>"
        "<target dev='vda' bus='virtio'/></disk>",
    ).key


def test_a_running_guest_goes_back_to_what_it_knew(vnode, vmm, guest, terminal):
    line = terminal(guest)
    line.answer("word=before")
    vmm.create_snapshot(guest, "first", "all is well")
    line.answer("word=after")
    line.console.close()
    vmm.revert_to_snapshot(guest, "first")
    assert vnode.vm(guest).state is VMState.RUNNING
    assert "before" in terminal(guest).answer("echo $word")


def test_snapshots_form_a_tree_and_a_deleted_one_leaves_its_child(vmm, guest):
    vmm.create_snapshot(guest, "first", "all is well")
    vmm.create_snapshot(guest, "second", "")
    first, second = vmm.snapshots(guest)
    assert (first.name, first.state, first.description) == ("first", "running", "all is well")
    assert (second.parent, second.is_current) == ("first", True)
    vmm.delete_snapshot(guest, "first")
    assert [(kept.name, kept.parent) for kept in vmm.snapshots(guest)] == [("second", "")]


def test_a_stopped_vm_is_removed_with_its_snapshots(vnode, vmm, guest):
    vmm.create_snapshot(guest, "first", "")
    vmm.kill(guest)
    vmm.remove(guest)
    assert guest not in {vm.key for vm in vnode.vms()}


def test_a_guest_on_a_raw_disk_is_told_that_it_cannot_be_kept(vmm, boot, disk_folder):
    path = disk_folder / "disk.raw"
    subprocess.run(["qemu-img", "create", "-q", "-f", "raw", path, "16M"], check=True)
    raw = f"<disk type='file'><driver name='qemu' type='raw'/><source file='{path}'/><target dev='vda'/></disk>"
    with pytest.raises(NotSupported, match="raw"):
        vmm.create_snapshot(boot("raw", devices=raw).key, "first", "")
