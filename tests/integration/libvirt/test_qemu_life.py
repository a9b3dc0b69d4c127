"""The life of real guests under QEMU."""

import pytest
from labs.guest import POWER_BUTTON, READY

from convirt_core.errors import AlreadyExists, NotFound, OperationFailed, WrongState
from convirt_core.model import Capability, VMState
from convirt_libvirt.domain import LibvirtConfig

pytestmark = [pytest.mark.root, pytest.mark.guest]


def boots_said(guest):
    return guest.serial_log.read_text(errors="replace").count(READY)


def test_a_vm_is_defined_booted_shut_down_by_its_power_button_and_removed(vnode, vmm, make_guest, reaches):
    guest = make_guest("lv-life")
    key = vmm.define(LibvirtConfig(guest.xml, is_new=True))
    vmm.start(key)
    guest.wait_for(f"{READY} token={guest.token}")
    assert vnode.vm(key).id is not None
    vmm.shutdown(key)
    assert reaches(key, VMState.STOPPED)
    guest.wait_for(POWER_BUTTON)
    vmm.remove(key)
    with pytest.raises(NotFound):
        vnode.vm(key)


def test_a_paused_guest_goes_on_when_it_is_resumed(vnode, vmm, shared):
    vmm.pause(shared.key)
    paused = vnode.vm(shared.key)
    assert (paused.state, paused.reason) == (VMState.PAUSED, "paused by user")
    vmm.resume(shared.key)
    assert vnode.vm(shared.key).state is VMState.RUNNING


@pytest.mark.parametrize("how", [Capability.REBOOT, Capability.RESET])
def test_a_restart_is_seen_done_and_the_guest_boots_again(vnode, vmm, running, becomes, how):
    before = vnode.vm(running.key)
    getattr(vmm, how.value)(running.key)
    assert becomes(lambda: vmm.is_done(how, before, vnode.vm(running.key)))
    assert becomes(lambda: boots_said(running.guest) == 2)
    assert vnode.vm(running.key).id == before.id


def test_a_deaf_guest_runs_on_until_it_is_killed(vnode, vmm, boot, reaches):
    key = boot("deaf", "lab.deaf").key
    vmm.shutdown(key)
    assert not reaches(key, VMState.STOPPED, seconds=4)
    vmm.kill(key)
    stopped = vnode.vm(key)
    assert (stopped.state, stopped.reason) == (VMState.STOPPED, "killed")


def test_a_saved_guest_remembers(vnode, vmm, running, terminal, disk_folder):
    terminal(running.key).answer("word=remembered")
    path = str(disk_folder / "guest.save")
    vmm.save(running.key, path)
    assert vnode.vm(running.key).state is VMState.STOPPED
    assert vmm.saved_key(path) == running.key
    vmm.restore(path)
    assert vnode.vm(running.key).state is VMState.RUNNING
    assert "remembered" in terminal(running.key).answer("echo $word")


def test_a_start_continues_a_guest_whose_memory_libvirt_kept(vnode, vmm, running, terminal):
    terminal(running.key).answer("word=remembered")
    vmm.managed_save(running.key)
    assert vnode.vm(running.key).state is VMState.SAVED
    vmm.start(running.key)
    assert vnode.vm(running.key).reason == "restored"
    assert "remembered" in terminal(running.key).answer("echo $word")


def test_a_save_that_fails_leaves_the_guest_running(vnode, vmm, shared):
    with pytest.raises(OperationFailed, match=r"Cannot save .* on host1"):
        vmm.save(shared.key, "/nowhere/guest.save")
    assert vnode.vm(shared.key).state is VMState.RUNNING


def test_a_file_that_is_there_is_not_overwritten_by_a_save(vmm, shared, disk_folder):
    (disk_folder / "precious").write_text("data")
    with pytest.raises(AlreadyExists):
        vmm.save(shared.key, str(disk_folder / "precious"))
    assert (disk_folder / "precious").read_text() == "data"


def test_a_start_that_fails_says_why(vmm, make_guest):
    guest = make_guest("lv-broken", devices="<disk type='file'><source file='/nowhere.img'/><target dev='vda'/></disk>")
    key = vmm.define(LibvirtConfig(guest.xml, is_new=True))
    with pytest.raises(OperationFailed, match=r"/nowhere\.img"):
        vmm.start(key)


def test_what_the_state_does_not_allow_is_refused(vmm, shared):
    with pytest.raises(WrongState, match="is running"):
        vmm.remove(shared.key)
    with pytest.raises(WrongState):
        vmm.start(shared.key)
