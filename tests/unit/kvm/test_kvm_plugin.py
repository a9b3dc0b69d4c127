"""The plugin's hooks, without a server."""

from types import SimpleNamespace

import pytest

from convirt_core.errors import ConfigError, InvalidInput
from convirt_core.forms import NodeFormMode
from convirt_core.model import Capability, ManagedNode, Severity, VMState
from convirt_core.platforms import VM, ConfigSource, VMDetails, VMInfo
from convirt_kvm.plugin import KVMPlatform


@pytest.fixture
def plugin() -> KVMPlatform:
    return KVMPlatform(SimpleNamespace(name="platforms:kvm"))


@pytest.fixture
def vnode(plugin, proxy):
    """A VNode that was never connected, on a server of files."""
    node = ManagedNode("id", "host1", "kvm")
    vnode = plugin.convirt_create_vnode(node, SimpleNamespace(proxy=proxy, lost=print))
    vnode.networks = lambda: ["default", "br0"]
    vnode.idle_networks = dict
    return vnode


def test_the_platform_can_do_all_that_a_plan_may_ask(plugin):
    assert plugin.convirt_platform().capabilities == frozenset(Capability)
    assert plugin.convirt_platform().max_concurrency == 4


def test_native_text_says_its_accelerator(plugin):
    native = plugin.convirt_create_vm_config(ConfigSource("native", text="<domain type='kvm'><name>b</name></domain>"))
    assert native["accelerator"] == "kvm"


def test_native_text_that_is_none_is_refused_with_its_origin(plugin):
    with pytest.raises(ConfigError, match=r"^web1\.xml"):
        plugin.convirt_create_vm_config(ConfigSource("native", text="name = 'x'", origin="web1.xml"))


def test_an_accelerator_that_was_left_open_is_decided_once_before_it_is_written(plugin, vnode, proxy):
    vmm = plugin.convirt_create_vmm(vnode)
    for _ in range(2):
        config = plugin.convirt_create_vm_config(ConfigSource("values", values={"name": "a"}))
        vmm._decide(config)
        assert config["accelerator"] == "kvm"
    assert [argv[0] for argv in proxy.ran].count("sh") == 1


def test_a_chosen_accelerator_is_not_put_to_the_proof(plugin, proxy):
    node = ManagedNode("id", "host1", "kvm", options={"accelerator": "tcg"})
    vnode = plugin.convirt_create_vnode(node, SimpleNamespace(proxy=proxy))
    assert vnode.accelerator() == "tcg"
    values = plugin.convirt_platform_info(vnode)[0].as_dict()
    assert (values["kvm"], values["accelerator"]) == ("untried", "tcg")
    assert not proxy.ran


def test_a_definition_that_names_what_the_server_lacks_is_refused(plugin, vnode):
    values = {
        "name": "a",
        "kernel": "/no/kernel",
        "disk": ["file:/no/disk,vda,w", "file:,hdc:cdrom,r"],
        "vif": ["network=lan", "user", "bridge=br0"],
    }
    config = plugin.convirt_create_vm_config(ConfigSource("values", values=values))
    findings = plugin.convirt_validate_vm_config(config, vnode)
    assert [found.code for found in findings] == ["kernel-missing", "disk-missing", "network-missing"]
    assert {found.severity for found in findings} == {Severity.ERROR}
    assert all(found.remedy for found in findings)


def test_a_definition_that_is_there_already_is_only_warned_of(plugin, vnode):
    xml = plugin.convirt_create_vm_config(ConfigSource("values", values={"name": "a", "kernel": "/no/kernel"})).text
    stored = plugin.convirt_create_vmm(vnode).read_config(xml)
    assert [found.severity for found in plugin.convirt_validate_vm_config(stored, vnode)] == [Severity.WARNING]


def test_a_definition_that_the_server_can_serve_has_no_findings(plugin, vnode, proxy):
    proxy.paths.add("/vms/a")
    values = {"name": "a", "disk": ["file:/vms/a,vda,w"], "vif": ["network=default"]}
    config = plugin.convirt_create_vm_config(ConfigSource("values", values=values))
    assert plugin.convirt_validate_vm_config(config, vnode) == []


@pytest.mark.parametrize("mode", NodeFormMode)
def test_the_form_of_a_server_offers_every_accelerator(plugin, mode):
    accelerator = next(field for field in plugin.convirt_node_form(mode).fields if field.key == "accelerator")
    assert [choice.value for choice in accelerator.choices] == ["auto", "kvm", "tcg"]


def test_information_is_of_the_running_side_where_it_runs(plugin):
    vm = VM("k", "a", VMState.RUNNING, frozenset())
    config = plugin.convirt_create_vm_config(ConfigSource("values", values={"name": "a", "accelerator": "kvm"}))
    info = VMInfo({"domain_type": "qemu", "machine": "pc-i440fx-7.2"}, disks=[], nics=[])
    stopped = plugin.convirt_vm_info_sections(VMDetails(vm, config, None))[0].as_dict()
    running = plugin.convirt_vm_info_sections(VMDetails(vm, config, info))[0].as_dict()
    assert (stopped["accelerator"], stopped["machine"]) == ("KVM", "pc")
    assert (running["accelerator"], running["machine"], running["cpu"]) == ("emulation", "pc-i440fx-7.2", "host-model")
    assert plugin.convirt_vm_info_sections(VMDetails(vm, None, None))[0].rows == ()


def test_information_on_a_server_says_whether_kvm_works(plugin, vnode):
    section = plugin.convirt_platform_info(vnode)[0].as_dict()
    assert section == {
        "kvm": "works",
        "kvm_reason": "KVM ran a guest.",
        "accelerator_option": "auto",
        "accelerator": "kvm",
    }


def test_an_unknown_accelerator_is_refused(plugin):
    config = plugin.convirt_create_vm_config(ConfigSource("values", values={"name": "a"}))
    with pytest.raises(InvalidInput, match="accelerator is one of"):
        config["accelerator"] = "hax"
