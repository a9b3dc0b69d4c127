"""The plugin's hooks, without a server."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from convirt_core.forms import FieldKind, NodeFormMode, SettingsContext, SettingsMode
from convirt_core.model import Capability, VMState
from convirt_core.platforms import VM, ConfigSource, VMDetails, VMInfo
from convirt_libvirt.domain import LibvirtConfig
from convirt_libvirt.places import PLACES
from convirt_xen.plugin import XenPlatform


@pytest.fixture
def plugin() -> XenPlatform:
    return XenPlatform(SimpleNamespace(name="platforms:xen"))


def test_what_lists_vms_imports_no_xml():
    code = (
        "import sys, convirt_xen.plugin, convirt_xen.vnode, convirt_xen.vmm;"
        "sys.exit(' '.join({'lxml', 'convirt_libvirt.domain', 'subprocess'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert ran.stderr.strip() == ""


@pytest.mark.parametrize(
    "capability", [Capability.SNAPSHOT, Capability.RESET, Capability.MIGRATE_STORAGE, Capability.MIGRATE_POST_COPY]
)
def test_what_libxl_cannot_do_is_not_declared(plugin, capability):
    assert capability not in plugin.convirt_platform().capabilities


def test_values_and_every_kind_of_native_text_make_definitions(plugin):
    for source in (
        ConfigSource("values", values={"name": "a"}),
        ConfigSource("native", text="<domain type='xen'><name>a</name></domain>"),
        ConfigSource("native", text="# xl\nname = 'a'\n"),
        ConfigSource("native", text="(domain (name a))"),
    ):
        config = plugin.convirt_create_vm_config(source)
        assert (config.name, config.digest) == ("a", "")
        assert config.key


@pytest.mark.parametrize("mode", NodeFormMode)
def test_the_form_of_a_server_asks_with_the_platforms_defaults(plugin, mode):
    fields = {field.key: field for field in plugin.convirt_node_form(mode).fields}
    assert plugin.convirt_platform().defaults == PLACES
    assert {key: fields[key].default or "" for key in PLACES} == PLACES


def test_settings_have_keys_of_the_definition(plugin):
    config = plugin.convirt_create_vm_config(ConfigSource("values", values={"name": "a"}))
    for mode in SettingsMode:
        for page in plugin.convirt_vm_settings_pages(mode, SettingsContext()):
            for field in page.fields:
                assert field.key in config.known_keys
                assert field.kind is not FieldKind.CHOICE or field.default in {choice.value for choice in field.choices}


def test_the_kind_of_guest_is_chosen_for_new_vms_only(plugin):
    def keys(mode):
        pages = plugin.convirt_vm_settings_pages(mode, SettingsContext())
        return {field.key for page in pages for field in page.fields}

    assert "type" in keys(SettingsMode.PROVISION_IMAGE)
    assert "type" not in keys(SettingsMode.EDIT_VM_CONFIG)
    assert keys(SettingsMode.EDIT_VM_INFO) == set()


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
