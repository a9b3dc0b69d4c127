"""The order of boot devices, in the way the definition already says it."""

import pytest

from convirt_core.errors import InvalidInput
from convirt_libvirt.domain import LibvirtConfig

PER_DEVICE = """<domain type='kvm'><name>a</name><os><type>hvm</type></os><devices>
<disk type='file' device='cdrom'><target dev='hda'/><boot order='2'/></disk>
<disk type='file' device='disk'><target dev='vda'/><boot order='1' loadparm='x'/></disk>
<disk type='file' device='disk'><target dev='vdb'/></disk>
<interface type='user'><mac address='52:54:00:00:00:01'/></interface>
<redirdev bus='usb' type='spicevmc'><boot order='3'/></redirdev>
</devices></domain>"""


def orders(config: LibvirtConfig) -> dict[str, str]:
    """Order by target, MAC or tag."""
    found = {}
    for device in config.domain.findall("devices/*"):
        boot, target = device.find("boot"), device.find("target")
        if boot is not None:
            found[device.tag if target is None else target.get("dev")] = boot.get("order")
    return found


def test_the_order_is_read_from_the_os_element(rich):
    assert rich["boot"] == "c"


def test_the_order_is_set_in_the_os_element(rich):
    rich["boot"] = "ndc"
    assert rich["boot"] == "ndc"
    assert not orders(rich)


def test_the_order_is_read_from_the_devices():
    assert LibvirtConfig(PER_DEVICE)["boot"] == "cd"


def test_devices_that_have_an_order_get_the_new_one():
    config = LibvirtConfig(PER_DEVICE)
    config["boot"] = "dnc"
    assert config["boot"] == "dnc"
    assert orders(config) == {"hda": "1", "interface": "2", "vda": "3", "vdb": "4", "redirdev": "5"}
    assert "<boot dev" not in config.text
    assert "loadparm" in config.text


def test_a_device_whose_letter_is_not_named_is_not_booted():
    config = LibvirtConfig(PER_DEVICE)
    config["boot"] = "n"
    assert orders(config) == {"interface": "1", "redirdev": "2"}


def test_a_deleted_order_is_gone():
    config = LibvirtConfig(PER_DEVICE)
    del config["boot"]
    assert "boot" not in config


@pytest.mark.parametrize("value", ["", "x", "cc", "c d", 1, None, ["c"]])
def test_what_is_no_order_is_refused(rich, value):
    with pytest.raises(InvalidInput, match=r"^boot is "):
        rich["boot"] = value
