"""Size and devices of a running guest."""

import subprocess

import pytest

from convirt_core.errors import AlreadyExists, InvalidInput, NotDone, NotFound, OperationFailed
from convirt_core.model import Disk, Nic

pytestmark = [pytest.mark.root, pytest.mark.guest]
MIB = 1 << 20


@pytest.fixture
def disk(disk_folder):
    path = disk_folder / "data.img"
    subprocess.run(["qemu-img", "create", "-q", "-f", "raw", path, "16M"], check=True)
    return Disk("vdb", str(path))


def test_a_disk_comes_to_a_running_guest_and_goes_again(vmm, shared, terminal, disk):
    line = terminal(shared.key)
    vmm.attach_disk(shared.key, disk, live=True, stored=True)
    assert "found" in line.answer("sleep 1; test -e /sys/block/vda && echo fo''und")
    assert [found.target for found in vmm.config(shared.key).disks()] == ["vdb"]
    assert [found.target for found in vmm.info(shared.key).disks] == ["vdb"]
    with pytest.raises(AlreadyExists, match="vdb"):
        vmm.attach_disk(shared.key, disk, live=True, stored=True)
    vmm.detach_disk(shared.key, "vdb", live=True, stored=True)
    assert vmm.info(shared.key).disks == vmm.config(shared.key).disks() == []
    assert "gone" in line.answer("test -e /sys/block/vda || echo go''ne")


def test_a_disk_for_this_run_only_is_not_in_the_definition(vmm, shared, disk):
    vmm.attach_disk(shared.key, disk, live=True, stored=False)
    assert vmm.config(shared.key).disks() == []
    vmm.detach_disk(shared.key, "vdb", live=True, stored=False)
    assert vmm.info(shared.key).disks == []


def test_a_disk_whose_file_is_missing_is_refused_by_name(vmm, shared):
    with pytest.raises(OperationFailed, match=r"/nowhere\.img"):
        vmm.attach_disk(shared.key, Disk("vdb", "/nowhere.img"), live=True, stored=True)
    assert vmm.config(shared.key).disks() == []


def test_a_network_card_comes_to_a_running_guest_and_goes_again(vmm, shared, terminal):
    line = terminal(shared.key)
    nic = vmm.attach_nic(shared.key, Nic(kind="user"), live=True, stored=True)
    assert nic.mac in line.answer("sleep 2; ip link")
    assert [card.mac for card in vmm.config(shared.key).nics()] == [nic.mac]
    vmm.detach_nic(shared.key, nic.mac, live=True, stored=True)
    assert vmm.info(shared.key).nics == vmm.config(shared.key).nics() == []
    with pytest.raises(NotFound, match=nic.mac):
        vmm.detach_nic(shared.key, nic.mac, live=True, stored=True)


def test_a_guest_that_cannot_let_a_disk_go_keeps_it_and_it_is_said(vmm, running, disk, monkeypatch):
    monkeypatch.setattr(type(vmm), "release_seconds", 1.0)
    vmm.attach_disk(running.key, disk, live=True, stored=False)
    vmm.pause(running.key)  # a guest that does nothing answers nothing
    with pytest.raises(NotDone, match="has not let go") as error:
        vmm.detach_disk(running.key, "vdb", live=True, stored=False)
    assert error.value.remedy
    assert [found.target for found in vmm.info(running.key).disks] == ["vdb"]


def test_memory_grows_and_shrinks_while_the_guest_runs(vnode, vmm, boot, becomes):
    key = boot("memory", memory_mib=192).key
    vmm.set_memory_live(key, 128 * MIB)
    assert becomes(lambda: vnode.vm(key).memory_bytes == 128 * MIB)
    vmm.set_memory_live(key, 160 * MIB)
    assert becomes(lambda: vnode.vm(key).memory_bytes == 160 * MIB)
    with pytest.raises(InvalidInput, match="can grow to 192 MiB"):
        vmm.set_memory_live(key, 256 * MIB)


def test_a_processor_is_plugged_and_one_that_the_guest_keeps_is_said(vnode, vmm, boot, becomes, terminal):
    key = boot("cpus", most_vcpus=2).key
    line = terminal(key)
    vmm.set_vcpus_live(key, 2)
    assert vnode.vm(key).vcpus == 2
    assert becomes(lambda: "0-1" in line.answer("cat /sys/devices/system/cpu/online"))
    with pytest.raises(NotDone, match=r"run with 1 vCPU and runs with 2: .* definition has 1 as before"):
        vmm.set_vcpus_live(key, 1)
    with pytest.raises(InvalidInput):
        vmm.set_vcpus_live(key, 3)
