"""Old files of xend's."""

import pytest

from convirt_core.errors import InvalidInput
from convirt_core.platforms import ConfigSource
from convirt_xen.definition import config_of
from convirt_xen.sxp import values_of

OLD = """\
(domain
    (domid 7)
    (name 'web 1')
    (memory 128)
    (maxmem 256)
    (vcpus 1)
    (uuid 9e9f6f41-9e3b-4b4d-8a4a-77a7e35b8b0a)
    (on_reboot restart)
    (image (linux (kernel /boot/vmlinuz) (ramdisk "/boot/init rd") (root '/dev/xvda1 ro') (args "quiet \\"x\\"")))
    (device (vif (mac 00:16:3e:00:00:01) (bridge xenbr0) (script vif-bridge)))
    (device (vbd (uname phy:/dev/vg/web) (dev xvda:disk) (mode w)))
    (device (console (protocol vt100)))
)
"""


def test_an_old_file_makes_a_definition():
    config = config_of(ConfigSource("native", text=OLD, origin="web.sxp"))
    assert (config.name, config["memory"], config["maxmem"], config["type"]) == ("web 1", 128, 256, "pv")
    assert config.key == "9e9f6f41-9e3b-4b4d-8a4a-77a7e35b8b0a"
    assert (config["kernel"], config["ramdisk"]) == ("/boot/vmlinuz", "/boot/init rd")
    assert config["extra"] == 'root=/dev/xvda1 quiet "x" ro'
    assert config["disk"] == ["phy:/dev/vg/web,xvda,w"]
    assert config["vif"] == ["mac=00:16:3e:00:00:01,bridge=xenbr0"]


@pytest.mark.parametrize(
    "text", ["(host (name a))", "()", "((domain))", "(domain (device ()) (device) (image) (name))"]
)
def test_what_is_no_domain_is_refused_in_one_sentence(text):
    with pytest.raises(InvalidInput):
        config_of(ConfigSource("native", text=text))


def test_a_device_of_another_kind_is_no_disk():
    assert "disk" not in values_of(["domain", ["device", ["vfb", ["vnc", "1"]]], ["device", [["x"]]]])
