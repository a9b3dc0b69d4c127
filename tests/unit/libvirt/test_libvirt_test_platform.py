import pytest
from attrs import frozen

from convirt_core.config import ConfigDocument, substitute
from convirt_core.errors import InvalidInput
from convirt_core.forms import NodeFormMode
from convirt_core.model import VMState, errors_in
from convirt_core.platforms import ConfigSource
from convirt_libvirt.test_platform import TestPlatform


@frozen
class Server:
    """A stand-in for a server of another platform."""

    node: object


@pytest.fixture
def platform():
    return TestPlatform(None)


@pytest.mark.parametrize("name", ["disk", "kernel"])
def test_its_templates_make_a_vm_that_starts(platform, vnode, vmm, name):
    (text,) = [template.text for template in platform.convirt_templates() if template.name == name]
    variables = {"VM_NAME": "mail", "VM_DISKS_DIR": "/vms", "KERNEL": "/k", "RAMDISK": "/r", "EXTRA": "quiet"}
    values = substitute(dict(ConfigDocument.parse(text)), variables)
    key = vmm.define(platform.convirt_create_vm_config(ConfigSource("values", values=values)))
    vmm.start(key)
    assert (vnode.vm(key).name, vnode.vm(key).state) == ("mail", VMState.RUNNING)


def test_libvirt_s_own_text_makes_a_vm_too(platform, vmm, web):
    vmm.kill(web)
    text = vmm.config(web).text
    vmm.remove(web)
    assert vmm.define(platform.convirt_create_vm_config(ConfigSource("native", text=text))) == web


def test_values_without_a_name_are_refused(platform):
    with pytest.raises(InvalidInput, match=r"web\.cfg has no name"):
        platform.convirt_create_vm_config(ConfigSource("values", values={"memory": 64}, origin="web.cfg"))


def test_its_servers_are_made_without_connecting(platform, session, vnode):
    assert platform.convirt_create_vnode(vnode.node, session).capabilities == frozenset()


def test_a_server_of_another_platform_is_refused(platform, vnode):
    with pytest.raises(InvalidInput, match="no server of the platform test"):
        platform.convirt_create_vmm(Server(vnode.node))


def test_it_is_never_offered_for_a_machine_and_misses_nothing_there(platform):
    assert platform.convirt_detect_platform(None) is None
    assert not errors_in(platform.convirt_check_prerequisites(None, {}))


@pytest.mark.parametrize(("uri", "fits"), [("test:///default", True), ("qemu:///system", False), ("test:///", False)])
def test_its_form_takes_uris_of_the_test_driver_only(platform, uri, fits):
    (field,) = platform.convirt_node_form(NodeFormMode.ADD).fields
    assert (field.validator(uri, {}) is None) is fits
