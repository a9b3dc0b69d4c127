"""A VM between two runs: it is not running, and neither is it stopped."""

from contextlib import contextmanager

import libvirt
import pytest
from labs.invented_dom0 import WEB, holds, listed, works_on

from convirt_core.errors import Busy, NotFound, OperationFailed, WrongState
from convirt_core.model import Capability, VMState
from convirt_core.platforms import CommandResult
from convirt_libvirt.vmm import LibvirtVMM


def test_a_vm_between_two_runs_is_not_reported_as_stopped(vnode, vmm):
    vmm.kill(WEB)
    works_on(vnode, WEB)
    for vm in (vnode.vm(WEB), listed(vnode, "web")):
        assert (vm.state, vm.reason) == (VMState.STOPPING, "restarting")
        assert vm.refusal(Capability.KILL) is None
        assert vm.refusal(Capability.START)


def test_a_vm_that_nobody_works_on_any_more_is_stopped(vnode, vmm):
    vmm.kill(WEB)
    assert vnode.vm(WEB).state is VMState.STOPPED
    assert listed(vnode, "web").state is VMState.STOPPED


def test_a_vm_whose_new_run_has_begun_since_it_was_read_runs(vnode, vmm):
    def begin(key):
        vmm.start(key)
        return False

    vmm.kill(WEB)
    vnode.is_worked_on = begin
    assert vnode.vm(WEB).state is VMState.RUNNING


def test_a_vm_between_two_runs_ends_before_it_is_removed(vnode, vmm):
    works_on(vnode, WEB)
    vmm.remove(WEB)
    with pytest.raises(NotFound):
        vnode.connection.find(WEB)


@pytest.fixture
def busy_at_first(monkeypatch):
    """Have libvirt begin a guest's next run for longer than it lets a kill wait, once."""
    kill, tries = LibvirtVMM.kill, []

    def wait_in_vain(vmm, key):
        tries.append(key)
        if len(tries) == 1:
            raise Busy("libvirt works on web.")
        kill(vmm, key)

    monkeypatch.setattr(LibvirtVMM, "kill", wait_in_vain)


@pytest.mark.usefixtures("busy_at_first")
def test_a_guest_whose_next_run_takes_longer_than_libvirt_lets_others_wait_is_killed(vnode, vmm):
    vmm.kill(WEB)
    assert vnode.vm(WEB).state is VMState.STOPPED


@pytest.mark.usefixtures("busy_at_first")
def test_a_guest_whose_next_run_takes_longer_than_libvirt_lets_others_wait_is_removed(vnode, vmm):
    works_on(vnode, WEB)
    vmm.remove(WEB)
    with pytest.raises(NotFound):
        vnode.connection.find(WEB)


@pytest.mark.usefixtures("busy_at_first")
@pytest.mark.parametrize("call", ["kill", "remove"])
def test_a_run_that_began_while_libvirt_let_a_kill_of_another_wait_is_left_alone(vnode, vmm, call):
    works_on(vnode, WEB)
    numbered(vnode, 6, 7)
    with pytest.raises(Busy):
        getattr(vmm, call)(WEB)
    assert vnode.connection.find(WEB).isActive()


@pytest.mark.usefixtures("busy_at_first")
def test_the_run_that_was_being_begun_when_a_kill_was_asked_for_is_killed(vnode, vmm):
    numbered(vnode, -1, 7)
    vmm.kill(WEB)
    assert vnode.vm(WEB).state is VMState.STOPPED


class Numbered:
    """A domain under one number after the other, and then the last."""

    def __init__(self, domain, numbers):
        self._domain = domain
        self._numbers = numbers

    def __getattr__(self, name):
        return getattr(self._domain, name)

    def ID(self):  # noqa: N802  libvirt's name
        return self._numbers.pop(0) if self._numbers[1:] else self._numbers[0]


def numbered(vnode, *numbers):
    """Have libvirt say these numbers of a VM's runs, one after the other."""
    find, left = vnode.connection.find, list(numbers)
    vnode.connection.find = lambda key, handle=None: Numbered(find(key, handle), left)


def works_until_asked_again(vnode):
    """Have libvirt work on a VM when it is asked for the first time, and no more then."""
    answers = [True]
    vnode.is_worked_on = lambda _key: bool(answers and answers.pop())


def test_one_that_has_ended_by_itself_when_it_is_removed_is_removed(vnode, vmm, proxy):
    vmm.kill(WEB)
    holds(proxy)
    works_on(vnode, WEB)
    assert vnode.vm(WEB).refusal(Capability.REMOVE) is None
    works_until_asked_again(vnode)
    vmm.remove(WEB)
    with pytest.raises(NotFound):
        vnode.connection.find(WEB)


def test_a_vm_that_libvirt_still_works_on_after_a_kill_that_failed_is_not_removed(vnode, vmm):
    vmm.kill(WEB)
    works_on(vnode, WEB)
    with pytest.raises(WrongState, match="kill web"):
        vmm.remove(WEB)
    assert vnode.connection.find(WEB)


def test_a_vm_that_xen_still_holds_after_a_kill_that_failed_is_not_removed(vnode, vmm, proxy):
    vmm.kill(WEB)
    works_until_asked_again(vnode)
    proxy.all_domains = CommandResult((), 0, f"Name …\nweb  2  0  0  --p---  0.0 {WEB}  -  -\n".encode(), b"")
    with pytest.raises(WrongState, match="kill web"):
        vmm.remove(WEB)
    assert vnode.connection.find(WEB)


def test_a_reboot_is_done_when_a_new_run_is_seen(vnode, vmm):
    before = vnode.vm(WEB)
    now = vnode.vm(WEB)
    now.boots = before.boots + 1  # libvirt told of a start, and the old run still reads running
    assert vmm.is_done(Capability.REBOOT, before, now) is False
    now.id = before.id + 1
    assert vmm.is_done(Capability.REBOOT, before, now) is True
    now.state = VMState.STOPPING
    assert vmm.is_done(Capability.REBOOT, before, now) is False


@pytest.mark.parametrize("capability", [Capability.SHUTDOWN, Capability.KILL])
def test_whether_a_guest_has_ended_is_asked_without_ending_it(vnode, vmm, capability):
    before, now = vnode.vm(WEB), vnode.vm(WEB)
    now.id = before.id + 1
    assert vmm.is_done(capability, before, now) is None
    assert vnode.vm(WEB).state is VMState.RUNNING


def test_who_is_asked_to_shut_down_between_two_runs_is_asked_later(vnode, vmm):
    vmm.kill(WEB)
    works_on(vnode, WEB)
    vmm.shutdown(WEB)
    works_on(vnode)
    with pytest.raises(OperationFailed, match="not running"):
        vmm.shutdown(WEB)


def test_who_begins_a_new_run_while_it_is_asked_to_shut_down_is_asked_later(vnode, vmm):
    @contextmanager
    def reboot(_key, _verb):
        vmm.kill(WEB)
        vmm.start(WEB)
        raise OperationFailed("Failed to shutdown domain '2' with libxenlight.")
        yield

    real, vmm.changing_slowly = vmm.changing_slowly, reboot
    vmm.kill = vmm.start = lambda _key: None
    with pytest.raises(OperationFailed):
        vmm.shutdown(WEB)

    def restart(key):
        with real(key, "restart") as domain:
            domain.destroy()
            domain.create()

    vmm.kill = restart
    vmm.shutdown(WEB)


class Job:
    """A domain that libvirt works on, or not."""

    def __init__(self, kind):
        self._kind = kind

    def name(self):
        return "web"

    def jobInfo(self):  # noqa: N802  libvirt's name
        return [self._kind]


@pytest.mark.parametrize(
    ("kind", "busy"), [(libvirt.VIR_DOMAIN_JOB_NONE, False), (libvirt.VIR_DOMAIN_JOB_UNBOUNDED, True)]
)
def test_libvirt_says_whether_it_works_on_a_domain(vnode, kind, busy):
    del vnode.is_worked_on
    vnode.connection.find = lambda _key: Job(kind)
    assert vnode.is_worked_on(WEB) is busy
