"""Values of templates and of xl's and xm's files made into definitions."""

from pathlib import Path

import pytest

from convirt_core.errors import ConfigError, InvalidInput
from convirt_core.model import Disk
from convirt_core.platforms import ConfigSource
from convirt_xen.config import XenConfig
from convirt_xen.definition import config_of, new_definition

XL_FILES = Path(__file__).parents[2] / "data" / "xl"


def definition(**values) -> XenConfig:
    return new_definition(ConfigSource("values", values={"name": "web1"} | values))


@pytest.mark.parametrize(
    ("values", "os_type"),
    [
        ({}, '<type arch="x86_64" machine="xenpv">linux</type>'),
        ({"type": "pvh"}, '<type arch="x86_64" machine="xenpvh">xenpvh</type>'),
        ({"type": "hvm"}, '<type arch="x86_64" machine="xenfv">hvm</type>'),
        ({"builder": "hvm"}, '<type arch="x86_64" machine="xenfv">hvm</type>'),
        ({"builder": "linux"}, '<type arch="x86_64" machine="xenpv">linux</type>'),
        ({"builder": "hvm", "type": "pvh"}, '<type arch="x86_64" machine="xenpvh">xenpvh</type>'),
    ],
)
def test_each_kind_of_guest_has_its_machine(values, os_type):
    assert os_type in definition(**values).text


def test_a_raw_disk_is_served_by_the_kernel_and_any_other_format_by_qemu():
    text = definition(disk=["file:/a,xvda,w", "phy:vg/b,xvdb,w", "tap:qcow2:/c,xvdc,w"]).text
    assert text.count('<driver name="phy" type="raw"/>') == 2
    assert '<driver name="qemu" type="qcow2"/>' in text
    assert text.count('bus="xen"') == 3


def test_what_is_no_disk_is_shown_one_as_xen_calls_them():
    with pytest.raises(InvalidInput) as caught:
        definition(disk=["nbd:/a,xvda,w"])
    assert "'file:/vms/a.img,xvda,w'" in caught.value.remedy


def test_a_disk_that_changes_its_format_changes_its_driver():
    config = definition(disk=["file:/a,xvda,w"])
    config["disk"] = ["tap:qcow2:/a,xvda,w"]
    assert '<driver name="qemu" type="qcow2"/>' in config.text


def test_a_bootloader_stands_where_libvirt_writes_it():
    text = definition(bootloader="/usr/bin/pygrub", bootloader_args="-q").text
    assert text.index("<bootloader>/usr/bin/pygrub</bootloader>") < text.index("<bootloader_args>") < text.index("<os>")


def test_arguments_of_a_bootloader_are_a_line_or_as_in_xls_files_a_list():
    config = definition(bootloader="pygrub", bootloader_args=["--kernel=/vmlinuz", "--ramdisk=/initrd.img"])
    assert config["bootloader_args"] == "--kernel=/vmlinuz --ramdisk=/initrd.img"
    config["bootloader_args"] = "-q -n"
    assert config["bootloader_args"] == "-q -n"


@pytest.mark.parametrize("words", [["--kernel=/my kernel"], [""], ["-q", 1]])
def test_an_argument_of_a_bootloader_that_is_no_word_is_refused(words):
    with pytest.raises(InvalidInput, match="bootloader_args"):
        definition(bootloader="pygrub", bootloader_args=words)


def test_a_bootloader_can_be_taken_away():
    config = definition(bootloader="pygrub")
    del config["bootloader"]
    assert "bootloader" not in config.text


def test_the_root_device_is_a_word_of_the_kernels_command_line():
    config = definition(kernel="/k", extra="console=hvc0 quiet", root="/dev/xvda1 ro")
    assert config["extra"] == "root=/dev/xvda1 console=hvc0 quiet ro"
    config["root"] = "/dev/xvda2"
    assert config["extra"] == "root=/dev/xvda2 console=hvc0 quiet ro"
    del config["root"]
    assert config["extra"] == "console=hvc0 quiet ro"
    assert "root" not in config


def test_a_command_line_of_a_root_device_alone_goes_with_it():
    config = definition(kernel="/k", root="/dev/xvda1")
    del config["root"]
    assert "extra" not in config


def test_a_full_machine_has_a_serial_line_and_acpi():
    text = definition(type="hvm").text
    assert '<serial type="pty"' in text
    assert "<acpi/>" in text
    assert "<serial" not in definition().text


def test_what_a_running_guest_is_called_is_a_kind_of_ours(sample):
    config = XenConfig(sample("pv-running.xml"))
    assert config["type"] == "pv"
    assert config.disks() == [Disk("xvda", "/srv/domu/disk.raw", format="raw", bus="xen")]
    assert config.nics()[0].target == "vif3.0"


def test_a_server_that_runs_pv_guests_runs_one_that_is_called_linux():
    kind = definition().guest_kind()
    assert (kind.virtualization, kind.os_type, kind.machines) == ("xen", "xen", {"xenpv"})


def test_libvirts_own_xl_file_is_read(sample):
    config = config_of(ConfigSource("native", text=sample("pv-from-libvirt.cfg")))
    assert (config.name, config["memory"], config["maxmem"], config["vcpus"], config["maxvcpus"]) == (
        *("pv1", 128, 160),
        *(1, 2),
    )
    assert config["extra"] == "console=hvc0 quiet"
    assert config["disk"] == ["file:/srv/domu/disk.raw,xvda,w"]
    assert config["vif"] == ["mac=00:16:3e:00:00:01,bridge=xenbr0"]


@pytest.mark.parametrize(
    ("entry", "ours"),
    [
        ("/dev/vg/guest,raw,xvda,rw", "phy:/dev/vg/guest,xvda,w"),
        ("/dev/vg/guest,,hda", "phy:/dev/vg/guest,hda,w"),
        ("/a.qcow2,qcow2,xvdb,ro", "tap:qcow2:/a.qcow2,xvdb,r"),
        ("format=raw,vdev=xvda,access=rw,backendtype=phy,target=/srv/a,b.raw", "file:/srv/a,b.raw,xvda,w"),
        ("/a.iso,raw,hdc,r,cdrom", "file:/a.iso,hdc:cdrom,r"),
        ("vdev=hdc,devtype=cdrom,format=empty", "file:,hdc:cdrom,r"),
        (",hdc:cdrom,r", "file:,hdc:cdrom,r"),
        ("direct-io-safe, no-colo, vdev=xvdd, target=/srv/d", "file:/srv/d,xvdd,w"),
        ("phy:/dev/vg/a,xvda,w", "phy:/dev/vg/a,xvda,w"),
    ],
)
def test_disks_in_xls_way_are_read(entry, ours):
    config = definition(disk=[entry])
    assert config["disk"] == [ours]


@pytest.mark.parametrize("entry", ["format=raw,access=rw,target=/a", "/a,cow,xvda", "/a,raw,xvda,x", "target=/a"])
def test_a_disk_that_says_what_cannot_be_is_refused(entry):
    with pytest.raises(InvalidInput, match="disk"):
        definition(disk=[entry])


@pytest.mark.parametrize("path", sorted(XL_FILES.glob("*.cfg")), ids=lambda path: path.name)
def test_every_example_of_xl_makes_a_definition_or_says_what_it_cannot_hold(path):
    text = path.read_bytes().decode()
    try:
        config = config_of(ConfigSource("native", text=text, origin=path.name))
    except InvalidInput as error:
        refused = error
    else:
        assert config.name
        return
    assert not isinstance(refused, ConfigError)
    assert str(refused).startswith(f"{path.name}: ")


def test_a_broken_file_says_line_and_column():
    with pytest.raises(ConfigError, match="line 2, column") as caught:
        config_of(ConfigSource("native", text="name = 'a'\nmemory = (", origin="a.cfg"))
    assert caught.value.line == 2
