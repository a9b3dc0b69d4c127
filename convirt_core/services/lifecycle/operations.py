"""Operations on a VM's state: ask, then wait until it is seen done."""

from __future__ import annotations

import posixpath
import shlex
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from convirt_core.errors import (
    AlreadyExists,
    Busy,
    Cancelled,
    ConvirtError,
    DeadlineExceeded,
    InvalidInput,
    NotDone,
    OutcomeUnknown,
)
from convirt_core.model import (
    OPERATIONS,
    Capability,
    ManagedNode,
    Operation,
    OperationRequest,
    VMRef,
    VMState,
)
from convirt_core.platforms import VMM
from convirt_core.services.deadlines import deadline
from convirt_core.services.lifecycle.absence import Absence
from convirt_core.services.lifecycle.asking import SETTLE_SECONDS, unknown
from convirt_core.services.lifecycle.guard import Attempt, Guard
from convirt_core.services.lifecycle.linked import refuse_spoiling_clones
from convirt_core.services.lifecycle.new_runs import NewRuns
from convirt_core.services.lifecycle.seeing import Watch
from convirt_core.services.listed import ListedVM

if TYPE_CHECKING:
    from convirt_core.services.servers import Server
    from convirt_core.services.tasks import TaskHandle

Ask = Callable[[VMM], None]

_PAST: Mapping[Capability, str] = {
    Capability.START: "was started",
    Capability.SHUTDOWN: "was shut down",
    Capability.REBOOT: "was rebooted",
    Capability.RESET: "was reset",
    Capability.KILL: "was killed",
    Capability.PAUSE: "was paused",
    Capability.RESUME: "was resumed",
    Capability.SAVE: "was saved",
    Capability.MANAGED_SAVE: "was saved",
    Capability.RESTORE: "was restored",
    Capability.REMOVE: "was removed",
}


def run_operation(
    guard: Guard, capability: Capability, vm: ListedVM, *, path: str, force: bool, deadline_seconds: float | None
) -> str:
    """Do one operation; return a sentence."""
    ask = _ask(capability, vm.ref.key, path)
    if capability is Capability.SAVE:
        _check_save_path(guard.servers.get(vm.ref.server), path)
    if capability is Capability.START:
        refuse_spoiling_clones(guard.store, vm, force=force)
    seconds = deadline(guard.store.vms.find(vm.ref), capability, deadline_seconds)

    def work(attempt: Attempt) -> str:
        if capability is Capability.SAVE:
            _reserve(attempt, path)
        perform(attempt, OPERATIONS[capability], ask, seconds)
        return f"{attempt.vm.name} {_PAST[capability]}" + (f" to {path}." if path else ".")

    title = f"{capability.words.capitalize()} {vm.name} on {vm.server.name}"
    return guard.change(vm, [capability], title, work, arguments={"path": path} if path else {}, force=force)


def start_within(guard: Guard, handle: TaskHandle, ref: VMRef, *, force: bool) -> None:
    """Boot a VM that a task has made and holds."""
    server = guard.servers.get(ref.server)
    vm = guard.look(server, ref.key, [Capability.START])
    seconds = deadline(guard.store.vms.find(ref), Capability.START, None)

    def work() -> str:
        perform(Attempt(server, ref, vm, handle), OPERATIONS[Capability.START], lambda vmm: vmm.start(ref.key), seconds)
        return f"{vm.name} was started."

    request = OperationRequest(Capability.START, server.node, ref, vm.name, task=handle.id)
    guard.announced([request], work, force=force)


def restore(guard: Guard, node: ManagedNode, path: str, *, force: bool, deadline_seconds: float | None) -> str:
    """Continue a VM from a file that `save` wrote; return a sentence."""
    server = guard.servers.of(node)
    key = server.call(lambda _, vmm: vmm.saved_key(path))
    ref = VMRef(node.id, key)
    vm = server.look(lambda vnode: vnode.vm(key))
    listed = ListedVM(ref, node, vm, managed=False)
    refuse_spoiling_clones(guard.store, listed, force=force)
    seconds = deadline(guard.store.vms.find(ref), Capability.RESTORE, deadline_seconds)

    def work(attempt: Attempt) -> str:
        perform(attempt, OPERATIONS[Capability.RESTORE], lambda vmm: vmm.restore(path), seconds)
        return f"{attempt.vm.name} was restored from {path}."

    title = f"Restore {vm.name} on {node.name}"
    return guard.change(listed, [Capability.RESTORE], title, work, arguments={"path": path}, force=force)


def perform(attempt: Attempt, operation: Operation, ask: Ask, seconds: float) -> None:
    """Ask for an operation and wait until it is seen done. A VM that is to end is asked again in each new run.

    :raises NotDone: it was taken, but not seen done in time
    :raises OutcomeUnknown: the server stopped answering after it was asked
    """
    end = time.monotonic() + seconds
    lost: ConvirtError | None = None
    runs = NewRuns(attempt, operation, ask, end)
    with Watch(attempt.server, attempt.vm, operation) as watch:

        def check() -> None:
            _check_cancelled(attempt, operation)
            runs.look_at(watch.last if watch.error is None else None)

        try:
            attempt.server.call(lambda _, vmm: ask(vmm), deadline_seconds=seconds)
            done = watch.until_done(end - time.monotonic(), check)
        except (DeadlineExceeded, OutcomeUnknown) as error:
            lost = error
            absence = Absence(attempt.server)
            done = watch.until_done(SETTLE_SECONDS, lambda: _check_cancelled(attempt, operation), absence=absence)
    if not done:
        raise _not_done(attempt, operation, watch, lost or watch.error, seconds)


def _check_cancelled(attempt: Attempt, operation: Operation) -> None:
    try:
        attempt.handle.check_cancelled()
    except Cancelled as error:
        raise Cancelled(
            f"The wait was cancelled, but {attempt.vm.name} was asked already: {operation.name}."
        ) from error


def _not_done(
    attempt: Attempt, operation: Operation, watch: Watch, lost: ConvirtError | None, seconds: float
) -> ConvirtError:
    name = attempt.vm.name
    if lost is not None or watch.last is None:
        seen = f"{name} is {watch.last.state}." if watch.last is not None and watch.error is None else ""
        lost = lost or NotDone("It was not seen again.")
        return unknown(attempt.server, f"{operation.name} of {name}", lost, seen=seen)
    state = watch.last.state
    if operation.capability is Capability.SHUTDOWN and state.is_resident:
        still = "running" if state is VMState.STOPPING else state.value
        return NotDone(
            f"{name} is still {still} {seconds:g} s after it was asked to shut down.",
            remedy=f"Its guest may not listen: wait longer with --deadline, or kill it with 'convirt vm kill {name}'.",
        )
    return NotDone(
        f"{name} was not seen to {operation.name} within {seconds:g} s; it is {state}.",
        remedy="Look at its console, or give it more time with --deadline.",
    )


def _ask(capability: Capability, key: str, path: str) -> Ask:
    asks: Mapping[Capability, Ask] = {
        Capability.START: lambda vmm: vmm.start(key),
        Capability.SHUTDOWN: lambda vmm: vmm.shutdown(key),
        Capability.REBOOT: lambda vmm: vmm.reboot(key),
        Capability.RESET: lambda vmm: vmm.reset(key),
        Capability.KILL: lambda vmm: vmm.kill(key),
        Capability.PAUSE: lambda vmm: vmm.pause(key),
        Capability.RESUME: lambda vmm: vmm.resume(key),
        Capability.SAVE: lambda vmm: vmm.save(key, path),
        Capability.MANAGED_SAVE: lambda vmm: vmm.managed_save(key),
    }
    if capability not in asks:
        raise InvalidInput(f"{capability} is not an operation on a VM's state.")
    return asks[capability]


def _reserve(attempt: Attempt, path: str) -> None:
    """Keep every other task from saving to the same file, and see that none has meanwhile."""
    try:
        attempt.handle.lock(VMRef(attempt.ref.server, f"file:{posixpath.normpath(path)}"))
    except Busy as error:
        place = attempt.server.node.name
        raise Busy(f"Another VM is being saved to {path} on {place}. {error}", remedy="Choose another file.") from error
    _check_save_path(attempt.server, path)


def _check_save_path(server: Server, path: str) -> None:
    if not path.startswith("/"):
        raise InvalidInput(f"{path!r} is not a whole path.", remedy="Name a file on the server, beginning with '/'.")
    if server.proxy.stat(path):
        raise AlreadyExists(
            f"There is a {path} on {server.node.name} already.",
            remedy=f"Choose another name; or, if nobody needs it, remove it there with 'rm {shlex.quote(path)}'.",
        )
