"""The platform kvm on this machine, as an application would put it together."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from convirt_core.model import ManagedNode
from convirt_core.platforms import ConfigSource
from convirt_core.remote import LocalProxy
from convirt_kvm.plugin import KVMPlatform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convirt_kvm.vmm import KVMVMM
    from convirt_kvm.vnode import KVMVNode


@pytest.fixture
def plugin() -> KVMPlatform:
    return KVMPlatform(SimpleNamespace(name="platforms:kvm"))


@pytest.fixture
def kvm_vnode(plugin, libvirtd, prefix) -> Iterator[KVMVNode]:
    """This machine, without KVM: it must do everywhere."""
    node = ManagedNode("id1", "host1", "kvm", options={"accelerator": "tcg"})
    vnode = plugin.convirt_create_vnode(node, SimpleNamespace(proxy=LocalProxy(), lost=print))
    vnode.connect()
    yield vnode
    for vm in vnode.vms():
        if vm.name.startswith(prefix):
            domain = vnode.connection.handle.lookupByUUIDString(vm.key)
            if domain.isActive():
                domain.destroy()
            domain.undefine()
    vnode.close()


@pytest.fixture
def kvm_vmm(plugin, kvm_vnode) -> KVMVMM:
    return plugin.convirt_create_vmm(kvm_vnode)


@pytest.fixture
def define(plugin, kvm_vmm, prefix) -> Callable[..., str]:
    """`define("name", key=value, …)`: a VM of a template's values; return its key."""

    def define(name: str, **values: object) -> str:
        source = ConfigSource("values", values={"name": prefix + name, "memory": 64, **values})
        return kvm_vmm.define(plugin.convirt_create_vm_config(source))

    return define
