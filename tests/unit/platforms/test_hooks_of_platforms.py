"""A platform's hooks, without a server."""

from __future__ import annotations

import subprocess
import sys

import pytest

from convirt_core.forms import Field, FieldKind, NodeFormMode, SettingsContext, SettingsMode
from convirt_core.platforms import ConfigSource
from convirt_libvirt.hooks import LibvirtHooks
from convirt_libvirt.places import PLACES

VALUES = ConfigSource("values", values={"name": "a"})


def settings(plugin: LibvirtHooks, mode: SettingsMode) -> list[Field]:
    """What a person is asked about a VM."""
    pages = plugin.convirt_vm_settings_pages(mode, SettingsContext())
    return [field for page in pages for field in page.fields]


def test_what_lists_vms_imports_no_xml(platform: str) -> None:
    code = (
        f"import sys, convirt_{platform}.plugin, convirt_{platform}.vnode, convirt_{platform}.vmm;"
        "sys.exit(' '.join({'lxml', 'convirt_libvirt.domain', 'subprocess'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert ran.stderr.strip() == ""


@pytest.mark.parametrize(
    ("platform", "source"),
    [
        ("kvm", VALUES),
        ("kvm", ConfigSource("native", text="<domain type='kvm'><name>a</name></domain>")),
        ("xen", VALUES),
        ("xen", ConfigSource("native", text="<domain type='xen'><name>a</name></domain>")),
        ("xen", ConfigSource("native", text="# xl\nname = 'a'\n")),
        ("xen", ConfigSource("native", text="(domain (name a))")),
    ],
)
def test_values_and_every_kind_of_native_text_make_definitions(plugin: LibvirtHooks, source: ConfigSource) -> None:
    config = plugin.convirt_create_vm_config(source)
    assert (config.name, config.digest) == ("a", "")
    assert config.key


@pytest.mark.parametrize("mode", NodeFormMode)
@pytest.mark.parametrize(("platform", "own"), [("kvm", {"accelerator": "auto"}), ("xen", {})])
def test_the_form_of_a_server_asks_with_the_platforms_defaults(
    plugin: LibvirtHooks, own: dict[str, str], mode: NodeFormMode
) -> None:
    fields = {field.key: field for field in plugin.convirt_node_form(mode).fields}
    defaults = plugin.convirt_platform().defaults
    assert defaults == PLACES | own
    assert {key: fields[key].default or "" for key in defaults} == defaults


@pytest.mark.parametrize("mode", NodeFormMode)
def test_a_folder_of_a_server_is_an_absolute_path(plugin: LibvirtHooks, mode: NodeFormMode) -> None:
    fields = {field.key: field for field in plugin.convirt_node_form(mode).fields}
    assert fields["VM_DISKS_DIR"].validator("relative", {})
    assert fields["VM_DISKS_DIR"].validator("/vms", {}) is None


def test_settings_have_keys_of_the_definition(plugin: LibvirtHooks) -> None:
    config = plugin.convirt_create_vm_config(VALUES)
    for mode in SettingsMode:
        for field in settings(plugin, mode):
            assert field.key in config.known_keys
            assert field.kind is not FieldKind.CHOICE or field.default in {choice.value for choice in field.choices}


@pytest.mark.parametrize(("platform", "key"), [("kvm", "machine"), ("xen", "type")])
def test_the_kind_of_machine_is_chosen_for_new_vms_only(plugin: LibvirtHooks, key: str) -> None:
    assert key in {field.key for field in settings(plugin, SettingsMode.PROVISION_IMAGE)}
    assert key not in {field.key for field in settings(plugin, SettingsMode.EDIT_VM_CONFIG)}


def test_a_running_vm_has_nothing_to_change_that_other_platforms_have_not(plugin: LibvirtHooks) -> None:
    assert settings(plugin, SettingsMode.EDIT_VM_INFO) == []
