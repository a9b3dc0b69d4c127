import libvirt
import pytest

from convirt_core.errors import NotFound
from convirt_core.model import VMState
from convirt_libvirt import bulk
from convirt_libvirt.statistics import Statistics

NO_SUPPORT = libvirt.VIR_ERR_NO_SUPPORT


class OldDriver:
    """A connection whose driver, like Xen's, has no bulk statistics."""

    def __init__(self, handle, error):
        self._handle = handle
        self._error = error
        self.bulk_calls = 0

    def getAllDomainStats(self, *_):  # noqa: N802  libvirt's name
        self.bulk_calls += 1
        raise self._error

    def __getattr__(self, name):
        return getattr(self._handle, name)


def by_name(vnode):
    return {vm.name: vm for vm in vnode.vms()}


def test_every_vm_is_listed_with_its_size_and_state(vnode, web):
    vm = by_name(vnode)["web"]
    assert (vm.key, vm.state, vm.vcpus) == (web, VMState.RUNNING, 2)
    assert (vm.memory_bytes, vm.memory_limit_bytes) == (256 << 20, 512 << 20)
    assert vm.id is not None


def test_a_stopped_vm_keeps_its_size_and_has_no_id(vnode, vmm, web):
    vmm.kill(web)
    vm = by_name(vnode)["web"]
    assert (vm.state, vm.reason, vm.id, vm.vcpus) == (VMState.STOPPED, "killed", None, 2)
    assert vm.memory_bytes == 256 << 20


def test_a_vm_with_kept_memory_is_saved_not_stopped(vnode, vmm, web):
    vmm.managed_save(web)
    assert by_name(vnode)["web"].state is VMState.SAVED
    assert vnode.vm(web).state is VMState.SAVED


def test_autostart_is_shown_for_the_vm_that_has_it(vnode, vmm, web):
    vmm.set_autostart(web, enabled=True)
    assert {name: vm.autostart for name, vm in by_name(vnode).items()} == {"web": True, "db": False}


def test_a_vm_without_definition_is_transient(vnode, web):
    vnode.connection.handle.lookupByUUIDString(web).undefine()
    assert {name: vm.persistent for name, vm in by_name(vnode).items()} == {"web": False, "db": True}
    assert not vnode.vm(web).persistent


def test_one_vm_reads_the_same_alone_as_in_the_list(vnode, vmm, web):
    vmm.pause(web)
    alone, listed = vnode.vm(web), by_name(vnode)["web"]
    assert all(getattr(alone, name) == getattr(listed, name) for name in type(alone).__slots__ if name[0] != "_")


def test_an_unknown_vm_is_not_found(vnode):
    with pytest.raises(NotFound, match="no VM with the key"):
        vnode.vm("00000000-0000-4000-8000-000000000000")


def test_a_driver_without_bulk_statistics_is_read_one_by_one(vnode, vmm, web, libvirt_error):
    vmm.pause(web)
    handle = OldDriver(vnode.connection.handle, libvirt_error(NO_SUPPORT))
    listed = {vm.name: vm for vm in bulk.list_vms(handle, Statistics(), frozenset(), {})}
    assert (listed["web"].state, listed["web"].reason) == (VMState.PAUSED, "paused by user")
    assert listed["db"].memory_bytes == 256 << 20


def test_a_driver_is_asked_for_bulk_statistics_only_once(vnode, libvirt_error):
    handle, statistics = OldDriver(vnode.connection.handle, libvirt_error(NO_SUPPORT)), Statistics()
    for _ in range(3):
        bulk.list_vms(handle, statistics, frozenset(), {})
    assert handle.bulk_calls == 1


def test_a_vm_that_ends_while_the_list_is_read_is_left_out(vnode, web, libvirt_error):
    class Ending:
        def info(self):
            raise libvirt_error(libvirt.VIR_ERR_NO_DOMAIN)

        def __init__(self, domain):
            self._domain = domain

        def __getattr__(self, name):
            return getattr(self._domain, name)

    class Handle(OldDriver):
        def getAllDomainStats(self, *arguments):  # noqa: N802  libvirt's name
            records = self._handle.getAllDomainStats(*arguments)
            return [(Ending(d) if d.UUIDString() == web else d, stats) for d, stats in records]

    listed = bulk.list_vms(Handle(vnode.connection.handle, None), Statistics(), frozenset(), {})
    assert [vm.name for vm in listed] == ["db"]
