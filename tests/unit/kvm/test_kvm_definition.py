"""A template's values made into a definition."""

import pytest

from convirt_core.model import Disk
from convirt_core.platforms import ConfigSource
from convirt_kvm.config import KVMConfig
from convirt_kvm.definition import new_definition


def definition(options=(), **values) -> KVMConfig:
    return new_definition(ConfigSource("values", values={"name": "web1"} | values, options=dict(options)))


def test_a_name_is_enough():
    config = definition()
    assert config.key
    assert (config["memory"], config["vcpus"], config["machine"], config["acpi"]) == (512, 1, "pc", 1)
    assert config.digest == ""


def test_every_vm_has_a_serial_line_an_agents_channel_a_balloon_and_entropy():
    for part in ('<serial type="pty"', "org.qemu.guest_agent.0", '<memballoon model="virtio"', "/dev/urandom"):
        assert part in definition().text


def test_the_serial_line_can_be_logged():
    assert '<log file="/var/log/web1" append="on"/>' in definition(serial_log="/var/log/web1").text


def test_the_root_device_goes_before_the_rest_of_the_command_line():
    assert definition(kernel="/k", root="/dev/vda", extra="quiet")["extra"] == "root=/dev/vda quiet"
    assert definition(kernel="/k", root="/dev/vda")["extra"] == "root=/dev/vda"


def test_an_empty_value_is_as_good_as_none():
    config = definition(kernel="", ramdisk="", extra="", disk=[], vif=None)
    assert config.text.count("<os>") == 1
    assert "kernel" not in config


def test_what_belongs_to_our_record_is_no_part_of_the_definition():
    config = definition(image_name="debian", auto_start_vm=1, platform="kvm", provision_timeout=60, os_name="Linux")
    assert "debian" not in config.text


def test_a_screen_comes_with_a_card_and_a_pointer():
    assert '<input type="tablet"' in definition(vnc=1).text
    assert "<video>" not in definition(vnc=0).text


def test_q35_has_ports_for_disks_to_come():
    config = definition(machine="q35", disk=["file:/a,vda,w"])
    assert config.text.count("pcie-root-port") >= 1 + 4
    assert "pcie-root-port" not in definition(machine="pc").text


def test_an_ide_disk_is_sata_where_there_is_no_ide():
    assert definition(machine="q35", disk=["file:,hdc:cdrom,r"]).disks()[0] == Disk(
        "hdc", "", "cdrom", "raw", "sata", read_only=True
    )


def test_another_processor_gets_neither_a_pcs_machine_nor_its_features():
    config = definition(arch="aarch64")
    assert "machine" not in config
    assert "<acpi" not in config.text


@pytest.mark.parametrize(
    ("values", "options", "kind"),
    [
        ({}, {"accelerator": "kvm"}, 'type="kvm"'),
        ({}, {"accelerator": "tcg"}, 'type="qemu"'),
        ({"accelerator": "tcg"}, {"accelerator": "kvm"}, 'type="qemu"'),
    ],
)
def test_the_accelerator_is_the_definitions_or_the_servers(values, options, kind):
    assert kind in definition(options, **values).text.splitlines()[0]


@pytest.mark.parametrize("options", [{}, {"accelerator": "auto"}, {"accelerator": ""}])
def test_an_accelerator_that_nobody_chose_is_left_open(options):
    config = definition(options)
    assert config["accelerator"] == "auto"
    assert "type=" not in config.text.splitlines()[0]


def test_a_guest_under_kvm_gets_the_servers_processor():
    assert definition(accelerator="kvm")["cpu"] == "host-model"
    assert definition(accelerator="kvm", cpu="qemu64")["cpu"] == "qemu64"
    assert "cpu" not in definition(accelerator="tcg")


def test_a_processor_that_nobody_chose_does_not_follow_a_guest_to_kvm():
    config = definition(accelerator="tcg", cpu="qemu64")
    config["accelerator"] = "kvm"
    assert config["cpu"] == "host-model"
    config = definition(accelerator="tcg", cpu="EPYC")
    config["accelerator"] = "kvm"
    assert config["cpu"] == "EPYC"


def test_a_processor_that_only_kvm_has_is_not_left_to_emulation():
    config = definition(accelerator="kvm", cpu="host-passthrough")
    config["accelerator"] = "tcg"
    assert config["cpu"] == "maximum"
