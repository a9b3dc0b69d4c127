import pytest

from convirt_core.model import VMState
from convirt_libvirt.host import HostProcessors
from convirt_libvirt.metrics import from_info, read_snapshot
from convirt_libvirt.statistics import Statistics

# As libvirt 9.0 with QEMU 7.2 answers, without the keys that are not read.
RUNNING = {
    "state.state": 1,
    "state.reason": 1,
    "cpu.time": 3300587000,
    "balloon.current": 98304,
    "balloon.maximum": 131072,
    "vcpu.current": 1,
    "vcpu.maximum": 2,
    "net.count": 2,
    "net.0.rx.bytes": 100,
    "net.0.tx.bytes": 10,
    "net.1.name": "vnet1",
    "net.1.rx.bytes": 5,
    "block.count": 2,
    "block.0.rd.bytes": 1000,
    "block.0.wr.bytes": 2000,
    "block.0.allocation": 4096,
    "block.1.name": "sda",
}
STOPPED = {
    "state.state": 5,
    "cpu.time": 6120000000,
    "balloon.current": 98304,
    "balloon.maximum": 98304,
    "vcpu.current": 1,
}


class Domain:
    def __init__(self, name):
        self._name = name

    def name(self):
        return self._name

    def UUIDString(self):  # noqa: N802  libvirt's name
        return f"key-of-{self._name}"


class Qemu:
    """A connection that answers as libvirt's QEMU driver does."""

    def __init__(self, *records, saved=()):
        self._records = records
        self._saved = saved
        self.cpu = {"kernel": 10, "user": 10, "idle": 80, "iowait": 0}

    def getAllDomainStats(self, _groups, _flags):  # noqa: N802  libvirt's name
        return [(Domain(name), stats) for name, stats in self._records]

    def listAllDomains(self, _flags):  # noqa: N802  libvirt's name
        return [Domain(name) for name in self._saved]

    def getInfo(self):  # noqa: N802  libvirt's name
        return ["x86_64", 4096, 2, 2596, 1, 1, 2, 1]

    def getMemoryStats(self, _cell):  # noqa: N802  libvirt's name
        return {"total": 4096, "free": 1024, "buffers": 8, "cached": 16}

    def getCPUStats(self, _cpu):  # noqa: N802  libvirt's name
        return self.cpu


def snapshot(handle, processors=None):
    return read_snapshot(handle, Statistics(), processors or HostProcessors(), from_info)


def test_the_counters_of_a_running_vm_add_up_over_its_cards_and_disks():
    (vm,) = snapshot(Qemu(("a", RUNNING))).vms
    assert (vm.state, vm.cpu_seconds, vm.vcpus) == (VMState.RUNNING, pytest.approx(3.300587), 1)
    assert (vm.memory_bytes, vm.memory_limit_bytes) == (96 << 20, 128 << 20)
    assert (vm.nic_count, vm.received_bytes, vm.sent_bytes) == (2, 105, 10)
    assert (vm.disk_count, vm.read_bytes, vm.written_bytes, vm.allocated_disk_bytes) == (2, 1000, 2000, 4096)


def test_a_stopped_vm_uses_nothing_even_where_libvirt_invents_a_number():
    (vm,) = snapshot(Qemu(("a", STOPPED))).vms
    assert (vm.state, vm.cpu_seconds, vm.memory_bytes) == (VMState.STOPPED, 0, 0)
    assert vm.memory_limit_bytes == 96 << 20


def test_a_vm_with_kept_memory_counts_as_saved():
    taken = snapshot(Qemu(("a", STOPPED), ("b", STOPPED), saved=("b",)))
    assert (taken.count(VMState.STOPPED), taken.count(VMState.SAVED)) == (1, 1)


def test_memory_that_can_be_had_for_the_asking_counts_as_free():
    taken = snapshot(Qemu())
    assert (taken.cpus, taken.memory_total_bytes, taken.memory_free_bytes) == (2, 4 << 20, 1048 << 10)


def test_how_busy_the_server_is_needs_two_looks():
    handle, processors = Qemu(), HostProcessors()
    first = snapshot(handle, processors)
    handle.cpu = {"kernel": 20, "user": 20, "idle": 150, "iowait": 10}
    assert first.cpu_percent is None
    assert snapshot(handle, processors).cpu_percent == pytest.approx(20.0)


def test_two_looks_at_the_same_moment_say_nothing():
    handle, processors = Qemu(), HostProcessors()
    snapshot(handle, processors)
    assert snapshot(handle, processors).cpu_percent is None


def test_the_test_driver_says_one_by_one_what_it_does_not_say_in_bulk(vnode, vmm, web):
    vmm.managed_save(web)
    vms = {vm.name: vm for vm in vnode.metric_snapshot().vms}
    assert (vms["db"].state, vms["db"].vcpus, vms["db"].memory_bytes) == (VMState.RUNNING, 2, 256 << 20)
    assert (vms["web"].state, vms["web"].memory_bytes) == (VMState.SAVED, 0)
