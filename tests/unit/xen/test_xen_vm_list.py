"""A server's domains: libvirt's, made of its test driver here, and what xl says beside them."""

import pytest
from labs.invented_dom0 import HAND, WEB, listed

from convirt_core.errors import NotFound, OperationFailed
from convirt_core.model import Capability, VMState
from convirt_libvirt.vnode import LibvirtVNode
from convirt_xen.vm import DOMAIN_0


def test_a_domain_that_xl_made_is_shown_with_state_and_memory(vnode):
    hand = listed(vnode, "hand")
    assert (hand.key, hand.state, hand.id, hand.memory_bytes) == (HAND, VMState.PAUSED, 5, 64 << 20)
    assert (hand.persistent, hand.kind) == (False, "pvh")
    assert vnode.vm(HAND).state is VMState.PAUSED


@pytest.mark.parametrize("capability", Capability)
def test_nothing_is_done_to_a_domain_that_xl_made(vnode, capability):
    reason = listed(vnode, "hand").refusal(capability)
    assert not reason.supported
    assert "xl" in reason.remedy


def test_the_running_side_of_a_domain_that_xl_made_is_shown(vmm):
    info = vmm.info(HAND)
    assert (info["name"], info["memory"], info["maxmem"], info["state"]) == ("hand", 64, 128, "paused")


def test_a_listing_runs_one_command_while_nothing_starts(vnode, proxy):
    vnode.vms()
    proxy.ran.clear()
    vnode.vms()
    assert len(proxy.ran) == 1


def test_what_nobody_holds_is_not_found(vnode):
    with pytest.raises(NotFound, match="dom0 has no VM"):
        vnode.vm("00000009-0000-4000-8000-000000000000")


@pytest.mark.parametrize("capability", sorted(set(Capability) - {Capability.EVENTS}))
def test_domain_0_is_left_alone(vnode, capability):
    for own in (listed(vnode, "Domain-0"), vnode.vm(DOMAIN_0)):
        assert own.protected
        assert "server's own domain" in own.refusal(capability).message


@pytest.mark.parametrize("name", ["hand", "Domain-0"])
def test_what_is_refused_is_called_by_its_words(vnode, name):
    for capability, words in (
        (Capability.MIGRATE_LIVE, "live migration"),
        (Capability.MANAGED_SAVE, " save is "),
        (Capability.DEFINE, "a change of the definition"),
        (Capability.SET_MEMORY, "a change of the memory"),
        (Capability.ATTACH_DISK, "attach disk"),
    ):
        assert words in listed(vnode, name).refusal(capability).message


def test_a_domain_that_xen_has_just_let_go_fails_no_listing(vnode, monkeypatch):
    failing = [OperationFailed("libxl_domain_info failed for domain '5'")] * 2
    monkeypatch.setattr("time.sleep", lambda _: None)
    real = LibvirtVNode.vms

    def vms(self):
        if failing:
            raise failing.pop()
        return real(self)

    monkeypatch.setattr(LibvirtVNode, "vms", vms)
    assert listed(vnode, "web").state is VMState.RUNNING


def test_a_vm_whose_definition_vanishes_while_all_are_listed_is_shown_as_xen_holds_it(vnode, vmm):
    vmm.kill(WEB)

    def vanish(key):
        vmm.release(key)
        vnode.connection.find(key)

    vnode.is_worked_on = vanish
    vms = {vm.name: vm for vm in vnode.vms()}
    assert vms.keys() == {"Domain-0", "web", "db", "hand"}
    assert vms["web"].made_by_xl


def test_a_second_look_at_a_vm_is_repeated_where_the_driver_fails(vnode, vmm, monkeypatch):
    vmm.kill(WEB)
    failing = [OperationFailed("libxl_domain_info failed for domain '5'")]
    monkeypatch.setattr("time.sleep", lambda _: None)
    real = LibvirtVNode.vm

    def vm(self, key):
        if failing:
            raise failing.pop()
        return real(self, key)

    monkeypatch.setattr(LibvirtVNode, "vm", vm)
    assert listed(vnode, "web").state is VMState.STOPPED
    assert not failing
