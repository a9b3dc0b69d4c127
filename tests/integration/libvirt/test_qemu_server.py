"""A real server with its guests: listing, counting, telling, and what a hung guest does to it."""

import os
import queue
import signal
import threading
import time
from pathlib import Path

import pytest
from labs.guest import virsh

from convirt_core.model import Capability, EventKind, VMState

pytestmark = [pytest.mark.root, pytest.mark.guest]


def qemu_of(guest):
    return int(Path(f"/run/libvirt/qemu/{guest.name}.pid").read_text())


@pytest.fixture
def hung(shared):
    """A guest whose QEMU does not answer, until the test ends."""
    pid = qemu_of(shared.guest)
    os.kill(pid, signal.SIGSTOP)
    yield shared
    os.kill(pid, signal.SIGCONT)


def test_a_vm_made_outside_is_in_the_list_with_its_size(vnode, shared):
    (vm,) = [vm for vm in vnode.vms() if vm.key == shared.key]
    assert (vm.name, vm.state, vm.reason) == (shared.guest.name, VMState.RUNNING, "booted")
    assert (vm.memory_bytes, vm.vcpus, vm.persistent, vm.autostart) == (128 << 20, 1, True, False)
    assert vnode.vm(shared.key).id == vm.id


def test_a_server_can_do_all_there_is(vnode):
    assert vnode.capabilities == frozenset(Capability)


def test_counters_of_a_running_guest_grow(vnode, shared, terminal):
    def metrics():
        snapshot = vnode.metric_snapshot()
        return snapshot, next(vm for vm in snapshot.vms if vm.key == shared.key)

    snapshot, first = metrics()
    assert 0 < first.memory_bytes <= first.memory_limit_bytes < snapshot.memory_total_bytes
    assert 0 < snapshot.memory_free_bytes < snapshot.memory_total_bytes
    terminal(shared.key).answer("i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done")
    snapshot, second = metrics()
    assert second.cpu_seconds > first.cpu_seconds
    assert 0 <= snapshot.cpu_percent <= 100


def test_what_happens_to_a_vm_is_told(vnode, vmm, running):
    events = queue.Queue()
    vnode.subscribe(events.put)
    vmm.pause(running.key)
    vmm.resume(running.key)
    vmm.reset(running.key)
    vmm.kill(running.key)
    told = [events.get(timeout=10) for _ in range(4)]
    assert {event.key for event in told} == {running.key}
    assert [event.state for event in told[:2]] == [VMState.PAUSED, VMState.RUNNING]
    assert told[2].kind is EventKind.REBOOT


def test_a_hung_guest_does_not_hold_up_the_list(vnode, hung):
    begin = time.monotonic()
    assert hung.key in {vm.key for vm in vnode.vms()}
    assert time.monotonic() - begin < 2


def test_a_snapshot_that_waits_for_a_hung_guest_holds_up_neither_the_list_nor_the_next_snapshot(vnode, hung):
    waiting = threading.Thread(target=vnode.metric_snapshot)
    waiting.start()
    time.sleep(0.5)
    begin = time.monotonic()
    for _ in range(200):  # quick successive calls are those that would lose their wake-ups
        vnode.vm(hung.key)
    snapshot = vnode.metric_snapshot()
    took = time.monotonic() - begin
    still_waiting = waiting.is_alive()
    os.kill(qemu_of(hung.guest), signal.SIGCONT)
    waiting.join(30)
    assert hung.key in {vm.key for vm in snapshot.vms}
    assert still_waiting
    assert took < 2.5
    assert not waiting.is_alive()


def test_a_server_says_what_it_is(vnode):
    sections = {section.title: section.as_dict() for section in vnode.platform_info()}
    assert sections["Hypervisor"]["hypervisor"] == "QEMU"
    assert sections["Hypervisor"]["host_uuid"] == vnode.host_uuid()
    assert sections["Processors for VMs"]["cpus"] == os.cpu_count()
    assert sections["Memory for VMs"]["memory_total_bytes"] > 1 << 28


def test_active_networks_are_offered(vnode):
    active = virsh("net-list", "--name").split()
    assert set(active) <= set(vnode.networks())


def test_nothing_of_a_connection_stays_when_it_is_closed(vnode, becomes):
    with_one_connection = open_files()
    vnode.metric_snapshot()
    assert open_files() > with_one_connection
    vnode.close()
    assert becomes(lambda: open_files() < with_one_connection, seconds=5)


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))
