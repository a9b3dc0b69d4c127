"""A template's values made into a definition."""

from __future__ import annotations

import pytest

from convirt_core.config import ConfigDocument, random_mac, substitute
from convirt_core.errors import InvalidInput
from convirt_core.platforms import STANDARD_KEYS, ConfigSource, Template, VMConfig
from convirt_libvirt.hooks import LibvirtHooks

SAME = {
    "name": "web1",
    "uuid": "5f8f1f0e-51a5-4c0c-8a52-17b4a6ba2e03",
    "memory": 256,
    "maxmem": 512,
    "vcpus": 1,
    "maxvcpus": 2,
    "kernel": "/boot/vmlinuz",
    "ramdisk": "/boot/initrd",
    "boot": "cd",
    "on_poweroff": "destroy",
    "on_reboot": "restart",
    "on_crash": "preserve",
    "vnc": 1,
    "vnclisten": "0.0.0.0",
    "vncpasswd": "secret",
    "description": "the first",
}
FULL = {
    "kvm": SAME
    | {
        "extra": "console=ttyS0",
        "disk": ["tap:qcow2:/vms/a.qcow2,vda,w", "phy:/dev/vg/b,vdb,w!", "file:/a.iso,hdc:cdrom,r"],
        "vif": ["mac=52:54:00:00:00:01,bridge=br0,model=e1000", "mac=52:54:00:00:00:02,user,model=virtio"],
        "accelerator": "tcg",
        "machine": "q35",
        "acpi": 0,
        "cpu": "maximum",
    },
    "xen": SAME
    | {
        "extra": "root=/dev/xvda1 console=hvc0",
        "root": "/dev/xvda1",
        "disk": ["file:/vms/a.img,xvda,w", "phy:/dev/vg/b,xvdb,w!", "tap:qcow2:/vms/c.qcow2,xvdc,r"],
        "vif": ["mac=00:16:3e:00:00:01,bridge=xenbr0"],
        "type": "hvm",
        "bootloader": "pygrub",
        "bootloader_args": "--quiet",
        "localtime": 1,
    },
}
VARIABLES = {
    "VM_NAME": "web1",
    "VM_DISKS_DIR": "/vms",
    "KERNEL": "/k",
    "RAMDISK": "/r",
    "EXTRA": "",
    "AUTOGEN_MAC": random_mac,
}

REFUSED_BY_ALL = [
    ({"name": ""}, "name"),
    ({"name": None}, "name"),
    ({"name": "../x"}, "name"),
    ({"memory": -5}, "memory"),
    ({"vcpus": 0}, "vcpus"),
    ({"shadow_memory": 8}, "shadow_memory"),
    ({"disk": 3}, "disk"),
    ({"vif": ["colour=red"]}, "vif"),
    ({"sdl": 1}, "sdl"),
    ({"root": "a\nb"}, "root"),
    ({"on_crash": "sing"}, "on_crash"),
]
REFUSED_BY_KVM = [
    ({"disk": ["/a,vda,w"]}, "disk"),
    ({"disk": ["file:/a,vda,w", "file:/b,vdb"]}, "disk"),
    ({"disk": ["file:/a,xvda,w"]}, "xvda"),
    ({"platform": "xen"}, "platform"),
    ({"machine": 'pc" evil="'}, "machine"),
    ({"arch": "<x>"}, "arch"),
    ({"accelerator": "magic"}, "accelerator"),
    ({"serial_log": "relative"}, "serial_log"),
]
REFUSED_BY_XEN = [
    ({"type": "magic"}, "type"),
    ({"builder": "magic"}, "builder"),
    ({"disk": ["file:/a,vda,w"]}, "vda"),
    ({"vif": ["script=vif-route,bridge=a"]}, "script"),
    ({"platform": "kvm"}, "platform"),
]


def definition(plugin: LibvirtHooks, origin: str = "", **values: object) -> VMConfig:
    return plugin.convirt_create_vm_config(ConfigSource("values", values={"name": "web1"} | values, origin=origin))


def test_every_standard_key_can_be_given(platform: str) -> None:
    assert set(STANDARD_KEYS) <= set(FULL[platform])


def test_what_was_given_is_read_again(plugin: LibvirtHooks, platform: str) -> None:
    config = definition(plugin, **FULL[platform])
    assert {key: config[key] for key in FULL[platform]} == FULL[platform]


@pytest.mark.parametrize(
    ("platform", "values", "named"),
    [
        *(("kvm", *case) for case in REFUSED_BY_ALL + REFUSED_BY_KVM),
        *(("xen", *case) for case in REFUSED_BY_ALL + REFUSED_BY_XEN),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence_that_names_file_and_key(
    plugin: LibvirtHooks, values: dict[str, object], named: str
) -> None:
    with pytest.raises(InvalidInput, match=named) as caught:
        definition(plugin, origin="vm_conf.template", **values)
    assert str(caught.value).startswith("vm_conf.template: ")
    assert "\n" not in str(caught.value)


def made_of(plugin: LibvirtHooks, template: Template, bridge: str) -> VMConfig:
    """The definition that a template makes on a server with this bridge; empty: without any."""
    values = substitute(dict(ConfigDocument.parse(template.text)), VARIABLES | {"DEFAULT_BRIDGE": bridge})
    return definition(plugin, **values)


def test_each_template_makes_a_definition_that_has_no_findings(plugin: LibvirtHooks) -> None:
    for template in plugin.convirt_templates():
        config = made_of(plugin, template, "br0")
        assert (template.name, config.name, config.validate()) == (template.name, "web1", [])


@pytest.mark.parametrize(("bridge", "source"), [("br0", "br0"), ("", "default")])
def test_each_template_connects_to_the_servers_bridge_or_else_to_the_network_default(
    plugin: LibvirtHooks, bridge: str, source: str
) -> None:
    for template in plugin.convirt_templates():
        assert (template.name, made_of(plugin, template, bridge).nics()[0].source) == (template.name, source)
