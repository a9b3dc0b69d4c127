"""What a person is told, and can do next, when the server is lost in the middle of something."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import pytest
from labs.command_line import wait_until
from labs.xen import faults
from labs.xen.lab import XenLab
from labs.xen.managed import LONG, ManagedXen, Meanwhile

from convirt_core.errors import ConvirtError, OutcomeUnknown, ServerUnavailable
from convirt_core.model import Capability, Change, Disk, ServerState, TaskState, VMState, Where

if TYPE_CHECKING:
    from convirt_core.services.listed import ListedVM

pytestmark = [pytest.mark.root, pytest.mark.guest]

AGAIN_SECONDS = 120.0
"""Within which the second try is done, counted from when the server is back."""
DEVICES = {"disk": ["file:/srv/domu/disk.raw,xvda,w"], "vif": ["bridge=xenbr0"]}
DISK = Disk("xvdb", "/srv/second.raw", format="raw")
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


def lose(xen: ManagedXen, fault: Fault, work: Callable[[], object], is_begun: Callable[[], object]) -> None:
    """Lose the server in the middle of some work, and hold that this is told in one sentence, and by the task too."""
    doing = Meanwhile(work)
    wait_until(lambda: bool(is_begun()), "it has begun", LONG)
    with fault(xen.lab):
        error = doing.ended(LONG)
    task = xen.last_task()
    if error is None:  # the connection was back in time to see it done
        assert task.state is TaskState.DONE
        return
    assert "\n" not in error.message
    assert task.state is (TaskState.INTERRUPTED if isinstance(error, OutcomeUnknown) else TaskState.FAILED)
    assert task.error.startswith(error.message)


def again(xen: ManagedXen, work: Callable[[], object]) -> None:
    """Do it a second time; what an error says is to be done first, once, is done."""
    begun = time.monotonic()
    for _ in range(12):
        try:
            work()
        except ConvirtError as error:
            follow(xen, error)
        else:
            assert time.monotonic() - begun < AGAIN_SECONDS
            return
    raise AssertionError("all tries were in vain")


def follow(xen: ManagedXen, error: ConvirtError) -> None:
    """Do what a remedy says: a command in dom0, or waiting."""
    if "in a moment" in error.remedy or isinstance(error, ServerUnavailable):
        time.sleep(5)
        return
    command = re.search(r"'((?:xl|rm) [^']+)'", error.remedy)
    assert command, f"{error.message} {error.remedy}"
    xen.lab.run(*command[1].split())


def test_a_start(xen: ManagedXen, define: Callable[..., ListedVM], fault: Fault) -> None:
    vm = define("start", **DEVICES)
    lose(xen, fault, lambda: xen.do(Capability.START, vm), lambda: xen.lab.xl_domain(vm.name))

    def start() -> None:
        if xen.find(vm.name).vm.state is not VMState.RUNNING:
            xen.do(Capability.START, vm)

    again(xen, start)
    assert xen.find(vm.name).vm.state is VMState.RUNNING
    xen.wait_booted(vm)


def test_a_save(xen: ManagedXen, define: Callable[..., ListedVM], fault: Fault) -> None:
    vm = xen.boot(define("save"))
    xen.lab.run("rm", "-f", SAVED)
    lose(
        xen,
        fault,
        lambda: xen.do(Capability.SAVE, vm, path=SAVED),
        lambda: xen.app.servers.get(vm.ref.server).proxy.stat(SAVED),
    )

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
    vm = xen.boot(define("attach"))
    xen.lab.run("truncate", "--size=16M", DISK.source)
    change = Change(where=Where.LIVE, attach_disks=(DISK,))
    begun = time.monotonic()
    lose(
        xen,
        fault,
        lambda: xen.app.lifecycle.apply(vm, change),
        lambda: "51728" in blocks(xen, vm) or time.monotonic() - begun > AGAIN_SECONDS,
    )

    def attach() -> None:
        if DISK.target not in {disk.target for disk in xen.app.vms.details(vm.ref).info.disks}:
            xen.app.lifecycle.apply(vm, change)

    again(xen, attach)
    assert blocks(xen, vm).count(f"{XVDB} ") == 1


def blocks(xen: ManagedXen, vm: ListedVM) -> str:
    """The disks that Xen holds of a VM."""
    return xen.lab.run("xl", "block-list", vm.name)


def test_a_server_that_was_switched_off_is_down_and_comes_back_without_the_vm(
    xen: ManagedXen, define: Callable[..., ListedVM]
) -> None:
    vm = define("gone", **DEVICES)
    doing = Meanwhile(lambda: xen.do(Capability.START, vm))
    wait_until(lambda: bool(xen.lab.xl_domain(vm.name)), "it has begun", LONG)
    with faults.switched_off(xen.lab):
        error = doing.ended(LONG)
        assert error
        assert "\n" not in error.message
        status = xen.app.servers.get(xen.server.id).status
        assert status.state is ServerState.DOWN
    assert xen.last_task().state is TaskState.INTERRUPTED
    wait_until(lambda: is_up(xen), "the server is up again", LONG)
    assert xen.app.lifecycle.find_gone(vm.name)
    assert xen.do(Capability.START, define("new")).vm.state is VMState.RUNNING


def is_up(xen: ManagedXen) -> bool:
    """Whether the server answers."""
    return all(answer.error is None for answer in xen.app.vms.list())
