"""Disks and network cards of a definition."""

import pytest

from convirt_core.errors import AlreadyExists, InvalidInput, NotFound
from convirt_core.model import Disk, Nic
from convirt_libvirt.domain import Dialect, LibvirtConfig, with_mac

RICH_DISKS = ["tap:qcow2:/vms/rich.qcow2,vda,w", "file:rbd:pool/image,vdb,w", "file:,hdc:cdrom,r"]


def test_disks_are_read_as_entries_and_as_values(rich):
    assert rich["disk"] == RICH_DISKS
    assert rich.disks()[0] == Disk("vda", "/vms/rich.qcow2", "disk", "qcow2", "virtio")
    assert rich.disks()[1].source == "rbd:pool/image"
    assert rich.disks()[2] == Disk("hdc", "", "cdrom", "raw", "ide", read_only=True)


def test_an_entry_that_is_true_already_leaves_its_disk_as_it_is(rich):
    rich["disk"] = [*RICH_DISKS[:2], "file:/iso/a.iso,hdc:cdrom,r"]
    assert "R1CH" in rich.text
    assert "ceph" in rich.text
    assert rich.disks()[2].source == "/iso/a.iso"


def test_a_disk_that_gets_another_file_keeps_all_the_rest(rich):
    rich["disk"] = ["file:/vms/new.img,vda,r"]
    assert rich.disks() == [Disk("vda", "/vms/new.img", "disk", "raw", "virtio", read_only=True)]
    assert 'cache="none"' in rich.text
    assert "<seclabel" in rich.text


def test_a_source_that_is_a_device_makes_a_block_disk(rich):
    rich.set_disk_source("vdb", "/dev/vg/lv")
    assert rich["disk"][1] == "phy:/dev/vg/lv,vdb,w"
    xml = rich.remove_disk("vdb")
    assert 'type="block"' in xml
    assert "file=" not in xml


def test_a_disk_on_a_network_can_be_pointed_at_a_file(rich):
    rich.set_disk_source("vdb", "/vms/b.img")
    assert rich.disks()[1].source == "/vms/b.img"
    assert "ceph" not in rich.text


def test_an_empty_source_empties_the_drive(rich):
    rich.set_disk_source("hdc", "/iso/a.iso")
    rich.set_disk_source("hdc", "")
    assert "<source" not in rich.remove_disk("hdc")


def test_an_unknown_disk_is_not_found(rich):
    for ask in (lambda: rich.set_disk_source("vdz", "/x"), lambda: rich.remove_disk("vdz")):
        with pytest.raises(NotFound, match="rich has no disk vdz"):
            ask()


def test_an_added_disk_is_in_the_definition_and_its_xml_is_returned(rich):
    xml = rich.add_disk(Disk("vdc", "/vms/c.qcow2", format="qcow2", shareable=True))
    assert xml in rich.text
    assert rich.disks()[-1] == Disk("vdc", "/vms/c.qcow2", "disk", "qcow2", "virtio", shareable=True)


def test_a_taken_target_is_refused(rich):
    with pytest.raises(AlreadyExists, match="vda"):
        rich.add_disk(Disk("vda", "/x"))


def test_the_format_of_a_new_disk_is_never_left_to_a_guess(small):
    assert 'type="raw"' in small.add_disk(Disk("vda", "/x"))


@pytest.mark.parametrize(
    ("target", "machine", "bus"),
    [
        ("vda", "pc", "virtio"),
        ("vdaa", "pc", "virtio"),
        ("hdc", "pc-i440fx-7.2", "ide"),
        ("hdc", "pc-q35-7.2", "sata"),
        ("sdb", "q35", "scsi"),
        ("fda", "pc", "fdc"),
    ],
)
def test_the_bus_follows_from_the_target_and_the_machine(small, target, machine, bus):
    small["machine"] = machine
    assert f'bus="{bus}"' in small.add_disk(Disk(target, "/x"))


@pytest.mark.parametrize("target", ["", "a", "1", "disk1", "vd", "../x", "xvda"])
def test_a_target_that_no_disk_has_is_refused(small, target):
    with pytest.raises(InvalidInput, match="target"):
        small.add_disk(Disk(target, "/x"))


def test_the_first_scsi_disk_brings_its_controller(small):
    small["disk"] = ["file:/a,sda,w", "file:/b,sdb,w"]
    assert small.text.count("virtio-scsi") == 1


def test_a_removed_disk_is_gone_and_its_xml_is_returned(rich):
    xml = rich.remove_disk("vda")
    assert "R1CH" in xml
    assert [disk.target for disk in rich.disks()] == ["vdb", "hdc"]


def test_a_disk_of_another_device_type_is_made_anew(rich):
    rich["disk"] = ["file:/a.iso,vda:cdrom,r"]
    assert rich.disks() == [Disk("vda", "/a.iso", "cdrom", "raw", "virtio", read_only=True)]
    assert "R1CH" not in rich.text


def test_two_disks_cannot_have_one_target(small):
    with pytest.raises(InvalidInput, match="vda"):
        small["disk"] = ["file:/a,vda,w", "file:/b,vda,w"]


def test_all_disks_can_be_deleted(rich):
    del rich["disk"]
    assert rich["disk"] == []


def test_another_hypervisor_has_its_own_driver_and_buses():
    class XenConfig(LibvirtConfig):
        dialect = Dialect("phy", buses={"xvd": "xen"})

    xml = XenConfig("<domain><name>a</name></domain>").add_disk(Disk("xvda", "/dev/x"))
    assert 'name="phy"' in xml
    assert 'bus="xen"' in xml


def test_network_cards_are_read_as_entries_and_as_values(rich):
    assert rich["vif"] == ["mac=52:54:00:00:00:01,bridge=br0,model=e1000"]
    assert rich.nics() == [Nic("52:54:00:00:00:01", "bridge", "br0", "e1000")]


def test_a_card_that_is_connected_elsewhere_keeps_all_the_rest(rich):
    rich["vif"] = ["mac=52:54:00:00:00:01,network=lan"]
    assert rich.nics() == [Nic("52:54:00:00:00:01", "network", "lan", "e1000")]
    assert "clean-traffic" in rich.text


def test_cards_are_added_and_removed_until_the_entries_are_true(rich):
    rich["vif"] = ["user,mac=52:54:00:00:00:02,model=rtl8139", "bridge=br1"]
    assert rich.nics()[0] == Nic("52:54:00:00:00:02", "user", "", "rtl8139")
    assert rich.nics()[1].source == "br1"
    assert len(rich.nics()) == 2


def test_a_new_card_gets_an_address_and_the_usual_model(rich):
    xml = rich.add_nic(Nic(kind="network", source="default"))
    assert xml in rich.text
    assert rich.nics()[-1].mac
    assert rich.nics()[-1].model == "virtio"


def test_a_card_of_the_definition_without_an_address_stays():
    config = LibvirtConfig("<domain><name>a</name><devices><interface type='user'/></devices></domain>", is_new=True)
    config["vif"] = [*config["vif"], "bridge=br0"]
    assert [nic.kind for nic in config.nics()] == ["user", "bridge"]


def test_an_address_that_is_taken_is_refused(rich):
    with pytest.raises(AlreadyExists):
        rich.add_nic(Nic(mac="52:54:00:00:00:01", source="default"))


def test_a_removed_card_is_gone_and_its_xml_is_returned(rich):
    assert "clean-traffic" in rich.remove_nic("52:54:00:00:00:01")
    assert rich.nics() == []


def test_an_unknown_card_is_not_found(rich):
    with pytest.raises(NotFound, match="52:54:00:00:00:09"):
        rich.remove_nic("52:54:00:00:00:09")


def test_a_card_keeps_the_address_it_has():
    assert with_mac(Nic(mac="52:54:00:00:00:07")).mac == "52:54:00:00:00:07"


@pytest.mark.parametrize("nic", [Nic(kind="hostdev"), Nic(kind="bridge"), Nic(kind="network")])
def test_a_card_that_leads_nowhere_is_refused(small, nic):
    with pytest.raises(InvalidInput, match=r"^vif: "):
        small.add_nic(nic)
