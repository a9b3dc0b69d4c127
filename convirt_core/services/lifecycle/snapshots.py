"""Snapshots of a VM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import AlreadyExists, ConvirtError, OperationFailed, Refused
from convirt_core.model import Capability, Snapshot, VMState, check_name
from convirt_core.services.lifecycle.asking import ask
from convirt_core.services.lifecycle.linked import refuse_spoiling_clones

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.platforms import VMM
    from convirt_core.services.lifecycle.guard import Attempt, Guard
    from convirt_core.services.listed import ListedVM

SNAPSHOT_SECONDS = 120.0
"""Deadline: the memory of a running VM is written."""


def list_snapshots(guard: Guard, vm: ListedVM) -> list[Snapshot]:
    """Return its snapshots, parents before children."""
    server = guard.servers.get(vm.ref.server)
    guard.look(server, vm.ref.key, [Capability.SNAPSHOT])
    return server.call(lambda _, vmm: vmm.snapshots(vm.ref.key))


def create_snapshot(guard: Guard, vm: ListedVM, name: str, description: str, *, force: bool) -> str:
    """Keep its state; return a sentence. Raises `AlreadyExists`."""
    check_name(name, "snapshot")
    if any(each.name == name for each in list_snapshots(guard, vm)):
        raise AlreadyExists(f"{vm.name} has a snapshot {name} already.", remedy="Choose another name, or delete it.")
    return _change(
        guard,
        vm,
        name,
        "created",
        change=lambda vmm: vmm.create_snapshot(vm.ref.key, name, description),
        seen=lambda snapshots: name in {each.name for each in snapshots},
        force=force,
    )


def revert_to_snapshot(guard: Guard, vm: ListedVM, name: str, *, force: bool) -> str:
    """Go back to a kept state; return a sentence."""
    refuse_spoiling_clones(guard.store, vm, force=force)
    return _change(
        guard,
        vm,
        name,
        "reverted to",
        change=lambda vmm: vmm.revert_to_snapshot(vm.ref.key, name),
        seen=lambda snapshots: name in {each.name for each in snapshots if each.is_current},
        force=force,
    )


def delete_snapshot(guard: Guard, vm: ListedVM, name: str, *, force: bool) -> str:
    """Forget a kept state; return a sentence."""
    return _change(
        guard,
        vm,
        name,
        "deleted",
        change=lambda vmm: vmm.delete_snapshot(vm.ref.key, name),
        seen=lambda snapshots: name not in {each.name for each in snapshots},
        force=force,
    )


def _change(
    guard: Guard,
    vm: ListedVM,
    name: str,
    past: str,
    *,
    change: Callable[[VMM], None],
    seen: Callable[[list[Snapshot]], bool],
    force: bool,
) -> str:
    def work(attempt: Attempt) -> str:
        try:
            ask(
                attempt.server,
                lambda _, vmm: change(vmm),
                lambda _, vmm: seen(vmm.snapshots(vm.ref.key)),
                f"the snapshot {name} of {vm.name}",
                deadline_seconds=SNAPSHOT_SECONDS,
            )
        except (OperationFailed, Refused) as error:
            raise _with_state(attempt, error) from error
        return f"The snapshot {name} of {attempt.vm.name} was {past}."

    title = f"Snapshot {name} of {vm.name} on {vm.server.name}: {past}"
    arguments = {"snapshot": name, "change": past}
    return guard.change(vm, [Capability.SNAPSHOT], title, work, arguments=arguments, force=force)


def _with_state(attempt: Attempt, error: ConvirtError) -> ConvirtError:
    """Return the failure of a change with the state that it left the VM in.

    libvirt (9.0) ends a running QEMU before it loads a kept state, and starts it no more when that fails.
    """
    name, before = attempt.vm.name, attempt.vm.state
    try:
        now = attempt.server.look(lambda vnode: vnode.vm(attempt.ref.key)).state
    except ConvirtError as silence:
        return OperationFailed(
            f"{error.message} {name} was {before}; what it is now is not known: {silence.message}",
            remedy=f"Look again with 'convirt vm info {name}'.",
        )
    if now is before:
        return error if isinstance(error, Refused) else _failed(error, f"{name} is {now} as before.", error.remedy)
    return _failed(error, f"{name} was {before} and is {now} now.", _way_back(name, now))


def _failed(error: ConvirtError, state: str, remedy: str) -> OperationFailed:
    return OperationFailed(f"{error.message} {state}", remedy=remedy)


def _way_back(name: str, now: VMState) -> str:
    way = "resume" if now is VMState.PAUSED else "info" if now.is_resident else "start"
    return f"Try 'convirt vm {way} {name}', or another one of 'convirt vm snapshot list {name}'."
