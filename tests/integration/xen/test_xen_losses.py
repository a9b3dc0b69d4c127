"""What a person is told, and can do next, when the server is lost in the middle of something."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from labs.command_line import wait_until
from labs.sentences import sentences
from labs.xen import faults
from labs.xen.lab import XenLab
from labs.xen.managed import LONG, ManagedXen, Meanwhile

from convirt_core.errors import ConvirtError, OutcomeUnknown, ServerUnavailable
from convirt_core.model import Capability, Change, Disk, ServerState, TaskState, VMState, Where
from convirt_core.services.provisioning import ProvisionRequest

if TYPE_CHECKING:
    from convirt_core.services.images import ImageSource
    from convirt_core.services.listed import ListedVM

pytestmark = [pytest.mark.root, pytest.mark.guest]

AGAIN_SECONDS = 120.0
"""Within which the second try is done, counted from when the server is back."""
DEVICES = {"disk": ["file:/srv/domu/disk.raw,xvda,w"], "vif": ["bridge=xenbr0"]}
DISK = Disk("xvdb", format="raw")
"""Its file is the VM's own."""
XVDB = "51728"
"""Its number (xen-vbd-interface(7))."""
SAVED = "/srv/cut.save"
Fault = Callable[[XenLab], AbstractContextManager[None]]


@contextmanager
def cut_ssh(lab: XenLab) -> Iterator[None]:
    """Every ssh connection ends; new ones are taken."""
    lab.cut_ssh()
    yield


@pytest.fixture(params=[faults.killed_libvirtd, cut_ssh], ids=["libvirtd-killed", "ssh-cut"])
def fault(request: pytest.FixtureRequest) -> Fault:
    """How the server is lost."""
    fault: Fault = request.param
    return fault


def lose(xen: ManagedXen, fault: Fault, work: Callable[[], object], is_begun: Callable[[], object]) -> bool:
    """Lose the server while some work goes on, and hold that this is told in one sentence, and by the task too.

    Return whether it was lost in the middle: work that was done before the fault was there has lost nothing.
    """
    doing = Meanwhile(work)
    wait_until(lambda: has_begun(doing, is_begun), "it has begun", LONG)
    with fault(xen.lab):
        is_cut = doing.goes_on
        error = doing.ended(LONG)
    task = xen.last_task()
    if error is None:  # it came too late, or the connection was back in time to see the work done
        assert task.state is TaskState.DONE
        return is_cut
    check_told(error)
    assert task.state is (TaskState.INTERRUPTED if isinstance(error, OutcomeUnknown) else TaskState.FAILED)
    assert task.error.startswith(error.message)
    return is_cut or isinstance(error, OutcomeUnknown | ServerUnavailable)


def has_begun(doing: Meanwhile, is_begun: Callable[[], object]) -> bool:
    """Whether work has begun; raises AssertionError with its error where it has ended without."""
    has_ended = not doing.goes_on
    begun = bool(is_begun())
    assert begun or not has_ended, f"it did not even begin: {doing.error}"
    return begun


def lost_with(xen: ManagedXen, make: Callable[[], ListedVM], lose_it: Callable[[ListedVM], bool]) -> ListedVM:
    """Return a VM with which the server was lost in the middle; where that came too late, once more with another."""
    for _ in range(2):
        vm = make()
        if lose_it(vm):
            return vm
        xen.lab.remove(vm.name)
    raise AssertionError("the server was lost after all was done, twice")


def check_told(error: ConvirtError) -> None:
    """Hold that an error is one sentence; what to do is the remedy's."""
    assert len(sentences(error.message)) == 1, error.message


def again(xen: ManagedXen, work: Callable[[], object]) -> None:
    """Do it a second time; what an error says is to be done first is done: one command, and to wait."""
    begun, commands = time.monotonic(), list[str]()
    while (error := failure(work)) is not None:
        check_told(error)
        assert time.monotonic() - begun < AGAIN_SECONDS, f"{error.message} {error.remedy}"
        if "in a moment" in error.remedy or isinstance(error, ServerUnavailable):
            time.sleep(5)
        else:
            commands.append(command_of(error))
            assert len(commands) == 1, f"one command was not enough: {commands}"
            xen.lab.run(*commands[0].split())
    assert time.monotonic() - begun < AGAIN_SECONDS


def failure(work: Callable[[], object]) -> ConvirtError | None:
    """Do some work; return its error."""
    try:
        work()
    except ConvirtError as error:
        return error
    return None


def command_of(error: ConvirtError) -> str:
    """The command in dom0 that a remedy names."""
    command = re.search(r"'((?:xl|rm) [^']+)'", error.remedy)
    assert command, f"{error.message} {error.remedy}"
    return command[1]


def test_a_start(xen: ManagedXen, define: Callable[..., ListedVM], fault: Fault) -> None:
    vm = lost_with(
        xen,
        lambda: define("start", **DEVICES),
        lambda vm: lose(xen, fault, lambda: xen.do(Capability.START, vm), lambda: xen.lab.xl_domain(vm.name)),
    )

    def start() -> None:
        if xen.find(vm.name).vm.state is not VMState.RUNNING:
            xen.do(Capability.START, vm)

    again(xen, start)
    assert xen.find(vm.name).vm.state is VMState.RUNNING
    xen.wait_booted(vm)


def test_a_save(xen: ManagedXen, define: Callable[..., ListedVM], fault: Fault) -> None:
    def lose_it(vm: ListedVM) -> bool:
        xen.lab.run("rm", "-f", SAVED)
        proxy = xen.app.servers.get(vm.ref.server).proxy
        return lose(xen, fault, lambda: xen.do(Capability.SAVE, vm, path=SAVED), lambda: proxy.stat(SAVED))

    vm = lost_with(xen, lambda: xen.boot(define("save")), lose_it)

    def save() -> None:
        state = xen.find(vm.name).vm.state
        if state is VMState.SUSPENDED:
            xen.do(Capability.RESUME, vm)
        if state is not VMState.STOPPED:
            xen.do(Capability.SAVE, vm, path=SAVED)

    again(xen, save)
    assert xen.lab.xl_domain(vm.name) is None
    xen.app.lifecycle.restore(xen.server, SAVED, deadline_seconds=LONG)
    assert xen.find(vm.name).vm.state is VMState.RUNNING


def test_an_attach(xen: ManagedXen, define: Callable[..., ListedVM], fault: Fault) -> None:
    def lose_it(vm: ListedVM) -> bool:
        change = new_disk(vm)
        xen.lab.run("truncate", "--size=16M", change.attach_disks[0].source)
        return lose(xen, fault, lambda: xen.app.lifecycle.apply(vm, change), lambda: has_disk(xen, vm))

    vm = lost_with(xen, lambda: xen.boot(define("attach")), lose_it)

    def attach() -> None:
        if DISK.target not in {disk.target for disk in xen.app.vms.details(vm.ref).info.disks}:
            xen.app.lifecycle.apply(vm, new_disk(vm))

    again(xen, attach)
    assert blocks(xen, vm).count(f"{XVDB} ") == 1


def new_disk(vm: ListedVM) -> Change:
    """Attach a disk of its own to a VM that runs."""
    return Change(where=Where.LIVE, attach_disks=(evolve(DISK, source=f"/srv/{vm.name}.raw"),))


def has_disk(xen: ManagedXen, vm: ListedVM) -> bool:
    """Whether Xen holds that disk."""
    return f"{XVDB} " in blocks(xen, vm)


def blocks(xen: ManagedXen, vm: ListedVM) -> str:
    """The disks that Xen holds of a VM."""
    return xen.lab.run("xl", "block-list", vm.name)


def test_a_server_that_was_switched_off_is_down_and_comes_back_without_the_vm_and_takes_new_ones(
    xen: ManagedXen, define: Callable[..., ListedVM], xen_image: ImageSource, prefix: str
) -> None:
    vm = define("gone", **DEVICES)
    doing = Meanwhile(lambda: xen.do(Capability.START, vm))
    wait_until(lambda: bool(xen.lab.xl_domain(vm.name)), "it has begun", LONG)
    with faults.switched_off(xen.lab):
        error = doing.ended(LONG)
        assert error
        check_told(error)
        status = xen.app.servers.get(xen.server.id).status
        assert status.state is ServerState.DOWN
    assert xen.last_task().state is TaskState.INTERRUPTED
    wait_until(lambda: is_up(xen), "the server is up again", LONG)
    assert xen.app.lifecycle.find_gone(vm.name)
    image = xen.app.images.add("tiny", "xen", xen.app.images.add_group("lab"), xen_image)
    name = f"{prefix}provisioned"
    try:
        new = xen.app.provisioning.provision(ProvisionRequest(image, xen.server, name))
        assert xen.app.vms.find(new.key).vm.state is VMState.RUNNING
        xen.wait_booted(xen.app.vms.find(new.key))
    finally:
        xen.lab.remove(name)


def is_up(xen: ManagedXen) -> bool:
    """Whether the server answers."""
    return all(answer.error is None for answer in xen.app.vms.list())
