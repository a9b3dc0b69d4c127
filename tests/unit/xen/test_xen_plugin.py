"""The plugin's hooks, without a server."""

from types import SimpleNamespace

import pytest

from convirt_core.model import Capability, VMState
from convirt_core.platforms import VM, ConfigSource, VMDetails, VMInfo
from convirt_libvirt.domain import LibvirtConfig
from convirt_xen.config import XEN
from convirt_xen.plugin import XenPlatform


@pytest.fixture
def plugin() -> XenPlatform:
    return XenPlatform(SimpleNamespace(name="platforms:xen"))


@pytest.mark.parametrize(
    "capability", [Capability.SNAPSHOT, Capability.RESET, Capability.MIGRATE_STORAGE, Capability.MIGRATE_POST_COPY]
)
def test_what_libxl_cannot_do_is_not_declared(plugin, capability):
    assert capability not in plugin.convirt_platform().capabilities


def test_a_disk_without_a_name_gets_one_that_a_definition_takes(plugin):
    assert plugin.convirt_platform().first_disk == XEN.first_disk == "xvda"


def test_information_says_what_kind_of_guest_it_is(plugin):
    vm = VM("k", "a", VMState.RUNNING, frozenset(), id=7)
    config = plugin.convirt_create_vm_config(ConfigSource("values", values={"name": "a", "bootloader": "pygrub"}))
    stopped = plugin.convirt_vm_info_sections(VMDetails(vm, config, None))[0].as_dict()
    running = VMInfo({"os_type": "xenpvh"}, disks=[], nics=[])
    transient = plugin.convirt_vm_info_sections(VMDetails(vm, None, running))[0].as_dict()
    assert (stopped["type"], stopped["bootloader"], stopped["domain_id"]) == ("pv", "pygrub", "7")
    assert transient["type"] == "pvh"


def test_no_platforms_keys_get_into_anothers_definition(plugin):
    config = plugin.convirt_create_vm_config(ConfigSource("values", values={"name": "a"}))
    assert {"type", "bootloader"} <= config.known_keys.keys()
    assert not {"type", "bootloader"} & LibvirtConfig.known_keys.keys()
