"""Definitions that the platform makes, in a real libvirt and a real QEMU."""

import pytest

from convirt_core.errors import AlreadyExists
from convirt_core.model import Disk, Nic, Severity, VMState
from convirt_core.platforms import VMDetails

pytestmark = [pytest.mark.root]


@pytest.fixture
def disk(disk_folder):
    """`disk("name")`: an empty file that QEMU's user can reach."""

    def disk(name: str) -> str:
        path = disk_folder / name
        path.write_bytes(bytes(1 << 20))
        return str(path)

    return disk


FULL = {
    "vcpus": 1,
    "maxvcpus": 2,
    "maxmem": 128,
    "boot": "cd",
    "vnc": 1,
    "vncpasswd": "secret",
    "cpu": "maximum",
    "description": "made by a test",
    "on_crash": "restart",
    "disk": ["file:/no/a.img,vda,w", "tap:qcow2:/no/b.qcow2,sda,r", "phy:/dev/no/c,vdb,w!", "file:,hdc:cdrom,r"],
    "vif": ["user,model=e1000", "mac=52:54:00:00:00:09,network=default"],
}


@pytest.mark.parametrize("machine", ["pc", "q35"])
def test_libvirt_takes_what_was_made_and_reads_it_as_it_was_meant(define, kvm_vmm, machine):
    config = kvm_vmm.config(define("full", machine=machine, **FULL))
    assert {key: config[key] for key in FULL if key not in {"disk", "vif"}} == {
        key: value for key, value in FULL.items() if key not in {"disk", "vif"}
    }
    assert sorted(config["disk"]) == sorted(FULL["disk"])
    assert config.nics()[1].mac == "52:54:00:00:00:09"
    assert (config["accelerator"], config["memory"]) == ("tcg", 64)


def test_a_definition_of_a_name_alone_is_taken(define, kvm_vmm, prefix):
    key = define("bare")
    assert kvm_vmm.config(key).name == f"{prefix}bare"
    with pytest.raises(AlreadyExists):
        define("bare")


@pytest.mark.guest
@pytest.mark.parametrize("machine", ["pc", "q35"])
def test_a_running_vm_takes_two_more_disks_and_a_card(define, kvm_vmm, kvm_vnode, disk, machine):
    key = define(f"plug-{machine}", machine=machine, disk=[f"file:{disk('a')},vda,w"])
    kvm_vmm.start(key)
    for target in ("vdb", "vdc"):
        kvm_vmm.attach_disk(key, Disk(target, disk(target)), live=True, stored=True)
    kvm_vmm.attach_nic(key, Nic(kind="user"), live=True, stored=False)
    assert [found.target for found in kvm_vmm.info(key).disks] == ["vda", "vdb", "vdc"]
    assert [found.target for found in kvm_vmm.config(key).disks()] == ["vda", "vdb", "vdc"]
    assert len(kvm_vmm.info(key).nics) == 1
    assert kvm_vmm.config(key).nics() == []


@pytest.mark.guest
def test_a_running_vm_says_what_it_is(define, kvm_vmm, kvm_vnode, plugin):
    key = define("told", vnc=1)
    kvm_vmm.start(key)
    vm = kvm_vnode.vm(key)
    assert vm.state is VMState.RUNNING
    info = kvm_vmm.info(key)
    section = plugin.convirt_vm_info_sections(VMDetails(vm, kvm_vmm.config(key), info))[0].as_dict()
    assert section["accelerator"] == "emulation"
    assert section["machine"].startswith("pc")
    assert section["serial"].startswith("/dev/pts/")
    assert info["vnc_port"] >= 5900


def test_what_the_server_lacks_is_found_before_it_is_defined(define, kvm_vmm, kvm_vnode, plugin):
    config = kvm_vmm.config(define("lacks", kernel="/no/kernel", disk=["file:/no/disk,vda,w"]))
    findings = plugin.convirt_validate_vm_config(config, kvm_vnode)
    assert [(found.code, found.severity) for found in findings] == [
        ("kernel-missing", Severity.WARNING),
        ("disk-missing", Severity.WARNING),
    ]


def test_the_prerequisites_of_this_machine_are_found(plugin, kvm_vnode):
    findings = plugin.convirt_check_prerequisites(kvm_vnode.session.proxy, {})
    by_code = {found.code: found for found in findings}
    assert by_code["libvirt"].severity is Severity.INFO
    assert by_code["qemu"].message.startswith("QEMU ")
    assert all(found.remedy for found in findings if found.severity is not Severity.INFO)


def test_this_machine_is_detected(plugin, kvm_vnode):
    assert "libvirt" in plugin.convirt_detect_platform(kvm_vnode.session.proxy).reason
